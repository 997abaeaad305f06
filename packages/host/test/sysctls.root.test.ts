import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { run } from "@k3s-lab/exec";
import { heldSysctls, holdSysctls, readSysctl, releaseSysctls } from "../src/index.js";
import { suite } from "uvu";
import * as assert from "uvu/assert";

/** Runs this very file again inside a network namespace of its own, so that no sysctl of the host is touched. */
const inside = process.env.K3S_LAB_TEST_INSIDE === "1";
const isRoot = process.getuid?.() === 0;
const test = suite("host sysctls");
const key = "net.ipv4.ip_forward";

if (inside) {
  test("ip_forward is held by two labs and put back with all that came with it", async () => {
    const dir = mkdtempSync(join(tmpdir(), "k3s-lab-sysctls-"));
    // A new namespace takes over what the host has switched on, a lab's forwarding too.
    await run("sh", [
      "-c",
      "echo 0 >/proc/sys/net/ipv4/ip_forward; echo 0 >/proc/sys/net/ipv4/conf/all/accept_redirects",
    ]);
    await run("ip", ["link", "set", "lo", "up"]);
    await run("sh", ["-c", "ip link add v type veth peer name w; echo 1 >/proc/sys/net/ipv4/conf/v/forwarding"]);
    const before = await state();
    await holdSysctls("aaaaaa", { [key]: "1" }, { dir });
    await holdSysctls("bbbbbb", { [key]: "1" }, { dir });
    assert.equal(heldSysctls("aaaaaa", { dir }), { [key]: "1" });
    await releaseSysctls("aaaaaa", { dir });
    assert.is(readSysctl(key), "1");
    await releaseSysctls("bbbbbb", { dir });
    assert.is(readSysctl(key), "0");
    assert.is(await state(), before);
    assert.equal(heldSysctls("bbbbbb", { dir }), {});
    rmSync(dir, { recursive: true });
  });
} else if (isRoot) {
  test("in a network namespace of its own", async () => {
    const env = { K3S_LAB_TEST_INSIDE: "1" };
    const args = ["--net", "--mount", process.execPath, "--import", "tsx", import.meta.filename];
    const { stdout } = await run("unshare", args, { env });
    assert.match(stdout, /Passed:\s+2/);
  });
} else {
  test.skip("needs root: holds sysctls in a network namespace of its own", () => {});
}

async function state(): Promise<string> {
  const all = "cd /proc/sys/net/ipv4/conf && grep . */forwarding */accept_redirects";
  return (await run("sh", ["-c", all])).stdout;
}

test("a sysctl that the kernel lacks is named", async () => {
  const dir = mkdtempSync(join(tmpdir(), "k3s-lab-sysctls-"));
  const error = await holdSysctls("aaaaaa", { "net.k3s_lab.none": "1" }, { dir }).catch((reason: Error) => reason);
  assert.match((error as Error).message, "host: its kernel has no sysctl net.k3s_lab.none.");
  rmSync(dir, { recursive: true });
});

test.run();
