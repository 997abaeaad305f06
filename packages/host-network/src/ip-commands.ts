import { run } from "@k3s-lab/exec";

/** Carries out lines for `ip -batch`, in one process. */
export async function ipCommands(lines: readonly string[]): Promise<void> {
  await run("ip", ["-4", "-batch", "-"], { input: `${lines.join("\n")}\n` });
}
