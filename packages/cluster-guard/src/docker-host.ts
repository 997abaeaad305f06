import { CommandFailed, run } from "@k3s-lab/exec";

/** Milliseconds: a daemon on another host may be far away. */
const timeout = 10_000;

/** Returns the name of the host that this host's docker works on, often a virtual machine; undefined where there is none. */
export async function dockerHost(): Promise<string | undefined> {
  try {
    const { stdout } = await run("docker", ["info", "--format", "{{.Name}}"], { timeout });
    return stdout.trim() || undefined;
  } catch (error) {
    if (error instanceof CommandFailed) return undefined;
    throw error;
  }
}
