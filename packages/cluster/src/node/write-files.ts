import { posix } from "node:path";

export interface NodeFile {
  readonly path: string;
  readonly content: string;
  readonly mode: number;
}

/**
 * Shell that writes files, each of them replaced at once and never readable by more than may read it. Its builtins do
 * nearly all of it: on a node that is being set up, processes are what takes time. It holds what the files hold, so it
 * is for a shell's standard input.
 */
export function writeScript(files: readonly NodeFile[]): string {
  const folders = new Set(files.map(({ path }) => posix.dirname(path)));
  const modes = new Set(files.map(({ mode }) => mode));
  const part = ({ path }: NodeFile) => quoted(`${path}.part`);
  return [
    "set -e",
    `mkdir -p ${[...folders].map(quoted).join(" ")}`,
    "umask 077",
    ...files.map((file) => `printf %s ${quoted(file.content)} >${part(file)}`),
    ...[...modes].map((mode) => {
      const parts = files.filter((file) => file.mode === mode).map(part);
      return `chmod ${mode.toString(8)} ${parts.join(" ")}`;
    }),
    ...files.map((file) => `mv -f ${part(file)} ${quoted(file.path)}`),
    "",
  ].join("\n");
}

const quoted = (text: string): string => `'${text.replaceAll("'", String.raw`'\''`)}'`;
