import { parseTaken, relayCommand } from "../src/relay.js";
import { suite } from "uvu";
import * as assert from "uvu/assert";

const test = suite("testbed relay");

test("a relay is told its device, where to dial from, how often, and what to dial instead", () => {
  const instead = { "192.0.2.53": "192.168.77.1" };
  const [command, args] = relayCommand({ device: "tel0", dialsFrom: 47, most: 200, instead });
  assert.is(command, "perl");
  assert.match(args[0] ?? "", /\/programs\/relay\.pl$/);
  assert.equal(args.slice(1), ["tel0", "/proc/47/ns/net", "200", "192.0.2.53=192.168.77.1"]);
});

test("what it has taken is read, all else passed over", () => {
  assert.equal(parseTaken("udp 10.43.0.9 5000 10.76.0.10"), {
    protocol: "udp",
    address: "10.43.0.9",
    port: 5000,
    source: "10.76.0.10",
  });
  assert.is(parseTaken("relay tel0"), undefined);
  assert.is(parseTaken("RTNETLINK answers: File exists"), undefined);
});

test.run();
