import { neighboursIn } from "../../src/arp/ask-kernel.js";
import { suite } from "uvu";
import * as assert from "uvu/assert";

const test = suite("host-network ask-kernel");
const expected = [{ address: "192.168.1.1", mac: "02:0a:00:00:00:01" }];

test("reads Linux' table, without those who did not answer", () => {
  const table = `IP address       HW type     Flags       HW address            Mask     Device
192.168.1.1      0x1         0x2         02:0a:00:00:00:01     *        eth0
192.168.1.9      0x1         0x0         00:00:00:00:00:00     *        eth0
`;
  assert.equal(neighboursIn(table), expected);
});

test("reads macOS' table, which leaves out zeros", () => {
  const table = `? (192.168.1.1) at 2:a:0:0:0:1 on en0 ifscope [ethernet]
? (192.168.1.9) at (incomplete) on en0 ifscope [ethernet]`;
  assert.equal(neighboursIn(table), expected);
});

test("reads Windows' table, in any language", () => {
  const table =
    "\r\nSchnittstelle: 192.168.1.17 --- 0x5\r\n  Internetadresse       Physische Adresse     Typ\r\n  192.168.1.1           02-0a-00-00-00-01     dynamisch\r\n";
  assert.equal(neighboursIn(table), expected);
});

test.run();
