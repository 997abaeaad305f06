import { run } from "@k3s-lab/exec";

/**
 * Returns the command line that runs a command inside an emulated host. A new mount namespace starts in its root, so a shell
 * enters the working directory; it joins the emulated cgroups, too, so that whatever the command starts is found and
 * ended with the emulated host.
 */
export function enterHost(
  pid: number,
  command: string,
  args: readonly string[],
  cwd: string = process.cwd(),
): readonly [string, readonly string[]] {
  const namespaces = ["--net", "--mount", "--pid", "--cgroup"];
  return ["nsenter", ["--target", String(pid), ...namespaces, "sh", "-c", joinScript, cwd, command, ...args]];
}

/** Returns the command line that runs a command in the network of another process, and shares all else. */
export function enterNetwork(
  pid: number,
  command: string,
  args: readonly string[],
): readonly [string, readonly string[]] {
  return ["nsenter", ["--target", String(pid), "--net", command, ...args]];
}

/** Runs lines of `ip -batch` in the network of another process. */
export async function ipBatch(pid: number, lines: string): Promise<void> {
  await run(...enterNetwork(pid, "ip", ["-batch", "-"]), { input: `${lines}\n` });
}

// With cgroup v2 a group that hands on controllers holds no process of its own: its leaf does.
const joinScript = `
if [ -e /sys/fs/cgroup/cgroup.controllers ]; then echo 0 >/sys/fs/cgroup/init.scope/cgroup.procs
else for f in /sys/fs/cgroup/*/cgroup.procs; do echo 0 >"$f"; done
fi
cd "$0" && exec "$@"`;
