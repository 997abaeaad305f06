// The real host's sysctls are not touched: this very file runs again in a mount namespace of its own, with files in their place.
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { run } from "@k3s-lab/exec";
import { holdSysctls, releaseSysctls, systemDir } from "@k3s-lab/host";
import { sysctls } from "@k3s-lab/machines";
import { isRoot } from "@k3s-lab/testbed";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { holdSharedSysctls } from "../src/hold-shared-sysctls.js";

const inside = process.env.K3S_LAB_TEST_INSIDE === "1";
const test = suite("test-runner hold-shared-sysctls");
const records = join(systemDir, "host/sysctls.json");
const mostFiles = "9223372036854775807";

const pathOf = (key: string) => join("/proc/sys", key.replaceAll(".", "/"));
const read = (key: string) => readFileSync(pathOf(key), "utf8").trim();

/** Makes the sysctl of a kernel on which nothing was raised yet. */
function put(key: string): void {
  mkdirSync(dirname(pathOf(key)), { recursive: true });
  writeFileSync(pathOf(key), "7\n");
}

if (inside) {
  const [missing = "", ...keys] = Object.keys(sysctls);
  const all = [...keys, "fs.file-max"];
  const values = () => Object.fromEntries(all.map((key) => [key, read(key)]));
  for (const key of all) put(key);
  // Records are of one boot.
  put("kernel.random.boot_id");
  const before = values();

  test("a lab that ends meanwhile lowers nothing, and in the end all is as before", async () => {
    const release = await holdSharedSysctls();
    const raised = values();
    assert.is(raised["fs.file-max"], mostFiles);
    for (const [key, desired] of Object.entries(sysctls)) {
      if (key === missing || typeof desired === "string" || !("atLeast" in desired)) continue;
      assert.is(raised[key], String(desired.atLeast), key);
    }
    assert.not(existsSync(pathOf(missing)), "what this kernel lacks is left out");
    const ofLab = Object.fromEntries(Object.entries(sysctls).filter(([key]) => key !== missing));
    await holdSysctls("aaaaaa", ofLab);
    await releaseSysctls("aaaaaa");
    assert.equal(values(), raised);
    await release();
    assert.equal(values(), before);
    assert.not(existsSync(records));
  });

  test("what a killed run has left raised is put back by the next one", async () => {
    await holdSharedSysctls();
    assert.ok(existsSync(records));
    const release = await holdSharedSysctls();
    await release();
    assert.equal(values(), before);
  });
} else if (isRoot) {
  test("in a mount namespace of its own", async () => {
    const script = 'mount -t tmpfs none /proc/sys && mount -t tmpfs none /var/lib && exec "$@"';
    const again = [process.execPath, "--import", "tsx", import.meta.filename];
    const { stdout } = await run("unshare", ["--mount", "sh", "-ec", script, "sh", ...again], {
      env: { K3S_LAB_TEST_INSIDE: "1" },
    });
    assert.match(stdout, /Passed:\s+2/);
  });
} else {
  test.skip("needs root: mounts files in place of sysctls", () => {});
}

test.run();
