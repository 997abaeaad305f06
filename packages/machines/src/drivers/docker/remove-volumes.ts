import { docker, inspect } from "@k3s-lab/docker";
import { CommandFailed } from "@k3s-lab/exec";
import { Problem } from "@k3s-lab/problem";

/** Removes volumes of a lab. Throws, with its name, where a container of somebody else's has one. */
export async function removeVolumes(names: readonly string[]): Promise<void> {
  if (names.length === 0) return;
  try {
    await docker(["volume", "rm", ...names]);
  } catch (cause) {
    const said = cause instanceof CommandFailed ? cause.stderr : "";
    const [, volume, id] = /remove (\S+): volume is in use - \[([0-9a-f]+)/.exec(said) ?? [];
    if (volume === undefined || id === undefined) throw cause;
    const user = (await inspect<{ readonly Name: string }>("container", id))?.Name.replace(/^\//, "") ?? id;
    throw new Problem(
      "LAB-DKR-010",
      `Docker's volume ${volume}`,
      `is used by the container ${user}, which is not the lab's`,
      {
        remedy: `Remove that container (\`docker rm --force ${user}\`), then run the command again.`,
        cause,
      },
    );
  }
}
