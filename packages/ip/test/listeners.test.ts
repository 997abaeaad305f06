import { suite } from "uvu";
import * as assert from "uvu/assert";
import { listenersIn } from "../src/listeners.js";

const test = suite("listeners in /proc/net/tcp");

test("IPv4, in the machine's byte order", () => {
  assert.equal(listenersIn(["0100007F:9765", "0A004C0A:192B"]), [
    { address: "127.0.0.1", port: 38757 },
    { address: "10.76.0.10", port: 6443 },
  ]);
});

test("every address, IPv4 within IPv6, IPv6 alone", () => {
  const lines = [
    `${"0".repeat(32)}:280A`,
    "0000000000000000FFFF00000A004C0A:0050",
    "B80D01200000000000000000010000FF:0001",
  ];
  assert.equal(
    listenersIn(lines).map(({ address }) => address),
    ["0.0.0.0", "10.76.0.10", "2001:0db8:0000:0000:0000:0000:ff00:0001"],
  );
});

test("a line that is not a socket is skipped", () => {
  assert.equal(listenersIn(["local_address", ""]), []);
});

test.run();
