import { posix } from "node:path";
import { shellWord } from "@k3s-lab/exec";
import { sha256 } from "@k3s-lab/host";
import type { Driver, FileSeen } from "@k3s-lab/machines";

/** A small file of a node. */
export interface NodeFile {
  readonly path: string;
  readonly content: string;
  /** Permissions: 0o600. */
  readonly mode: number;
}

/** Returns the files that a node has not, or has with another content or mode. */
export function wrongFiles(
  files: readonly NodeFile[],
  { files: seen }: { readonly files: ReadonlyMap<string, FileSeen> },
): readonly NodeFile[] {
  return files.filter(({ path, content, mode }) => {
    const file = seen.get(path);
    return file?.sha256 !== sha256(content) || file.mode !== mode.toString(8);
  });
}

export async function writeFiles(
  driver: Pick<Driver, "exec">,
  name: string,
  files: readonly NodeFile[],
  signal: AbortSignal,
): Promise<void> {
  if (files.length === 0) return;
  // Not in its arguments, which every process of the machine can read: there may be secrets in the files.
  await driver.exec(name, ["sh"], { input: writeScript(files), signal });
}

/**
 * Returns shell that writes files, each of them replaced at once and never readable by more than may read it. Its
 * builtins do nearly all of it: on a node that is being set up, processes are what takes time. It is for a shell's
 * standard input, because it holds what the files hold.
 */
export function writeScript(files: readonly NodeFile[]): string {
  const folders = new Set(files.map(({ path }) => posix.dirname(path)));
  const modes = new Set(files.map(({ mode }) => mode));
  const part = ({ path }: NodeFile) => shellWord(`${path}.part`);
  return [
    "set -e",
    `mkdir -p ${[...folders].map(shellWord).join(" ")}`,
    "umask 077",
    ...files.map((file) => `printf %s ${shellWord(file.content)} >${part(file)}`),
    ...[...modes].map((mode) => {
      const parts = files.filter((file) => file.mode === mode).map(part);
      return `chmod ${mode.toString(8)} ${parts.join(" ")}`;
    }),
    ...files.map((file) => `mv -f ${part(file)} ${shellWord(file.path)}`),
    "",
  ].join("\n");
}
