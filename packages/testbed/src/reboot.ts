import { existsSync, rmSync } from "node:fs";
import { run } from "@k3s-lab/exec";
import { enterHost } from "./enter.js";
import { eventually } from "./eventually.js";
import { hostFiles } from "./host-script.js";

/**
 * Ends what runs in an emulated host and gives it a new, empty network: with the old one go links, addresses, routes,
 * rules, filters and its sysctls. Its files stay. The caller makes the host's own network again.
 */
export async function rebootHost(pid: number, dir: string): Promise<void> {
  const { booted } = hostFiles(dir);
  await run(...enterHost(pid, "sh", ["-c", endAll], "/"));
  rmSync(booted, { force: true });
  process.kill(pid, "SIGUSR1");
  await eventually(`emulated host ${pid} boots`, () => existsSync(booted), { within: 10_000, every: 5 });
}

// "-1" is every process of the namespace but its first and this shell, machines and their processes included.
// What is frozen in a group of cgroup v1 ends only when it is thawed, and what was just being frozen may be so after the first time.
const endAll = `kill -KILL -1
for i in $(seq 500); do
  find /sys/fs/cgroup -name freezer.state -exec sh -c 'for f; do echo THAWED >"$f"; done' sh {} +
  set -- /proc/[0-9]*
  if [ $# -le 2 ]; then
    # Groups that their last process has just left are busy for a moment.
    for j in 1 2 3; do
      find /sys/fs/cgroup -mindepth 1 -depth -type d -exec rmdir {} + 2>/dev/null
      sleep 0.01
    done
    exit 0
  fi
  sleep 0.05
done
echo "do not end: $(cat /proc/[0-9]*/comm)" >&2; exit 1`;
