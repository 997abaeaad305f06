import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { serviceManagers } from "../src/index.js";
import { suite } from "uvu";
import * as assert from "uvu/assert";

const test = suite("service-manager openrc");
const { openrc } = serviceManagers;

if (process.platform === "win32") {
  console.log("skipped: a script for a node's shell needs a POSIX shell");
} else {
  test("a value in an environment file is what the shell has", () => {
    const file = openrc.environment({ A: `it's "$HOME" \\ x`, B: "two\nlines" });
    const { stdout } = spawnSync("sh", ["-c", `${file}\nprintf '[%s][%s]' "$A" "$B"`], { encoding: "utf8" });
    assert.is(stdout, `[it's "$HOME" \\ x][two\nlines]`);
  });

  test("a service that its supervisor had to start again, or has given up, has ended", () => {
    const dir = mkdtempSync(join(tmpdir(), "k3s-lab-openrc-"));
    try {
      const told = (restarts: string | undefined, status: number) => {
        if (restarts !== undefined) writeFileSync(join(dir, "start_count"), restarts);
        writeFileSync(join(dir, "rc-service"), `#!/bin/sh\nexit ${status}\n`, { mode: 0o755 });
        const script = openrc.endedScript("k3s").replace("/run/openrc/options/k3s", dir);
        return spawnSync("sh", ["-c", script], { env: { PATH: `${dir}:/usr/bin:/bin` }, encoding: "utf8" }).stdout;
      };
      assert.is(told(undefined, 0), "");
      assert.is(told("0", 0), "");
      assert.is(told("0", 32), "ended\n");
      assert.is(told("2", 0), "ended\n");
    } finally {
      rmSync(dir, { recursive: true });
    }
  });
}

test.run();
