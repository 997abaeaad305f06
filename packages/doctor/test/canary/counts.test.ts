import { suite } from "uvu";
import * as assert from "uvu/assert";
import { parseCounts } from "../../src/canary/counts.js";

const test = suite("doctor canary counts");

/** The output of nft 1.0.6. */
const element = (link: string, port: number, packets: number) => ({
  elem: { val: { concat: [link, port] }, counter: { packets, bytes: packets * 60 } },
});
const listed = (...sets: readonly object[]) =>
  JSON.stringify({ nftables: [{ metainfo: { version: "1.0.6" } }, ...sets.map((set) => ({ set }))] });

test("reads how many packets of each port went where", () => {
  const json = listed(
    { name: "target", elem: [{ elem: { val: "10.43.1.0", timeout: 22, expires: 20 } }] },
    { name: "forwarded", elem: [element("tlcan0", 9001, 2), element("eth0", 9002, 1)] },
    { name: "sent", elem: [element("tlcan0", 9000, 1)] },
  );
  assert.equal(parseCounts(json), [
    { hook: "forward", link: "tlcan0", port: 9001, packets: 2 },
    { hook: "forward", link: "eth0", port: 9002, packets: 1 },
    { hook: "output", link: "tlcan0", port: 9000, packets: 1 },
  ]);
});

test("a set in which nothing was counted lists no elements", () => {
  assert.equal(parseCounts(listed({ name: "forwarded" }, { name: "sent" })), []);
});

test("output that is not such a list is refused", () => {
  assert.throws(() => parseCounts("nonsense"), /the canary's counters could not be read/);
});

test.run();
