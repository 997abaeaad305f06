import { answerers, probeArgs } from "../../src/arp/find-owners.js";
import { suite } from "uvu";
import * as assert from "uvu/assert";

const test = suite("host-network find-owners");

// As arping of iputils 20221126 prints it.
const taken = `ARPING 192.168.1.112 from 0.0.0.0 k3shim-a1b2c3
Unicast reply from 192.168.1.112 [02:00:00:00:01:7A]  0.611ms
Sent 1 probes (1 broadcast(s))
Received 1 response(s)`;

test("asks by three probes of RFC 5227, from no address", () => {
  assert.equal(probeArgs("eth0", "192.168.1.110", 3), ["-D", "-I", "eth0", "-c", "3", "-w", "3", "192.168.1.110"]);
});

test("reads who answered", () => {
  assert.equal(answerers(taken), ["02:00:00:00:01:7a"]);
  assert.equal(
    answerers("ARPING 192.168.1.112 from 0.0.0.0 eth0\nSent 3 probes (3 broadcast(s))\nReceived 0 response(s)"),
    [],
  );
});

test.run();
