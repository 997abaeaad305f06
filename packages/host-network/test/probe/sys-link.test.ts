import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { readSysLink } from "../../src/probe/sys-link.js";
import { suite } from "uvu";
import * as assert from "uvu/assert";

const test = suite("host-network sys-link");
const nothing = { device: false, wireless: false, tunFlags: undefined, devtype: undefined };

test("reads what /sys has of a link, and nothing of one that is gone", () => {
  const root = mkdtempSync(join(tmpdir(), "k3s-lab-sys-"));
  try {
    for (const dir of ["wlp5s0/device", "wlp5s0/phy80211", "wlan1/wireless", "tun0"]) {
      mkdirSync(join(root, dir), { recursive: true });
    }
    writeFileSync(join(root, "wlp5s0/uevent"), "DEVTYPE=wlan\nINTERFACE=wlp5s0\nIFINDEX=3\n");
    writeFileSync(join(root, "tun0/tun_flags"), "0x1001\n");
    assert.equal(readSysLink("wlp5s0", root), { device: true, wireless: true, tunFlags: undefined, devtype: "wlan" });
    assert.equal(readSysLink("wlan1", root), { ...nothing, wireless: true });
    assert.equal(readSysLink("tun0", root), { ...nothing, tunFlags: "0x1001" });
    assert.equal(readSysLink("gone", root), nothing);
  } finally {
    rmSync(root, { recursive: true });
  }
});

test.run();
