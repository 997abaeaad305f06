import { run, type RunOptions, type RunResult } from "@k3s-lab/exec";

/** The options by which every command speaks to the same daemon as the person's own `docker`: none but the environment. */
export const program = "docker";

/** Runs a command of Docker's to its end. */
export function docker(args: readonly string[], options?: RunOptions): Promise<RunResult> {
  return run(program, args, options);
}

/** Runs `docker inspect` on things of one kind, or of any; those that are missing are left out. */
export async function inspect<Seen>(
  kind: "container" | "image" | "network" | "volume" | "any",
  names: readonly string[],
  options: Pick<RunOptions, "signal"> = {},
): Promise<readonly Seen[]> {
  if (names.length === 0) return [];
  const words = [...(kind === "any" ? [] : [kind]), "inspect", ...names];
  const { stdout, stderr, exitCode } = await docker(words, { ...options, answers: [0, 1] });
  // What is missing is named on standard error; the others are printed all the same.
  const isAnswer = exitCode === 0 || /no such |not found/i.test(stderr);
  // Once more, for its own failure: the daemon does not answer, or refuses this user.
  if (!isAnswer) await docker(words, options);
  return stdout.trim() === "" ? [] : (JSON.parse(stdout) as readonly Seen[]);
}

/** Lists containers, volumes or networks that have a label, "k3s-lab.lab=7f3a21": by default their names, in order. */
export async function labelled(
  kind: "container" | "network" | "volume",
  label: string,
  format = "{{.Name}}",
): Promise<readonly string[]> {
  const all = kind === "container" ? ["--all"] : [];
  const { stdout } = await docker([kind, "ls", ...all, "--filter", `label=${label}`, "--format", format]);
  return stdout.split("\n").filter(Boolean).toSorted();
}
