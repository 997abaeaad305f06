import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openrcSupervised, serviceManagers } from "../src/index.js";
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

  test("a service that boot is starting is waited for, and one whose supervisor was killed gets another", () => {
    const dir = mkdtempSync(join(tmpdir(), "k3s-lab-openrc-"));
    try {
      const calls = (how: "start" | "restart", ...statuses: readonly number[]) => {
        writeFileSync(join(dir, "statuses"), statuses.map((status) => `${status}\n`).join(""));
        writeFileSync(join(dir, "rc-update"), "#!/bin/sh\n", { mode: 0o755 });
        const program = `#!/bin/sh
[ "$3" = status ] || { echo "$3"; exit; }
read -r status <${dir}/statuses
sed -i 1d ${dir}/statuses
exit $status
`;
        writeFileSync(join(dir, "rc-service"), program, { mode: 0o755 });
        const script = `set -e\n${openrc.startScript("k3s", how)}`;
        const { stdout, status } = spawnSync("sh", ["-c", script], { env: { PATH: `${dir}:/usr/bin:/bin` } });
        assert.is(status, 0);
        return String(stdout).trim();
      };
      const [started, starting, stopping, stopped, unsupervised] = [0, 8, 4, 3, 64] as const;
      assert.is(calls("start", starting, starting, started), "");
      assert.is(calls("start", stopping, stopped), "restart");
      assert.is(calls("start", unsupervised), "restart");
      assert.is(calls("restart", started), "restart");
    } finally {
      rmSync(dir, { recursive: true });
    }
  });

  test("what a killed supervisor has left is ended, but not a process that has got its number since", () => {
    const lives = (program: string) => {
      const script = `${openrcSupervised({ service: "one", program, argument: "watch", delay: 1 })}
orphan=$(sh -c 'sleep 100 >/dev/null 2>&1 & echo $!')
service_get_value() { [ "$1" != child_pid ] || echo "$orphan"; }
stop_pre || echo failed
grep -qsa sleep "/proc/$orphan/cmdline" && echo lives
kill "$orphan" 2>/dev/null`;
      return spawnSync("sh", ["-c", script], { encoding: "utf8" }).stdout;
    };
    assert.is(lives("/usr/local/bin/sleep"), "");
    assert.is(lives("/usr/local/bin/k3s"), "lives\n");
  });
}

test.run();
