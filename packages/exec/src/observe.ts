import { redact } from "./redact.js";
import { shellWord } from "./shell-word.js";

/** A program that this process starts. */
export interface StartedCommand {
  /** The program and its arguments as a line of a shell, without secrets; cut where it is very long. */
  readonly line: string;
  /** Whether it has the terminal, and may ask a person for a password. */
  readonly attended: boolean;
}

/** Is told of every program that this process starts. */
export interface CommandObserver {
  started(command: StartedCommand): void;
  /** `exitCode` is absent where a signal ended it, or it could not be started. `ms`: milliseconds. */
  ended(command: StartedCommand, outcome: { readonly exitCode: number | undefined; readonly ms: number }): void;
}

const observers = new Set<CommandObserver>();

export function observeCommands(observer: CommandObserver): Disposable {
  observers.add(observer);
  return { [Symbol.dispose]: () => void observers.delete(observer) };
}

/** What is observed of one program: the end is told with its exit code, if it has one. */
export interface Observed extends Disposable {
  exitCode: number | undefined;
}

/** Tells the observers that a program is started, and, once what is returned is disposed of, that it has ended. */
export function observed(
  command: string,
  args: readonly string[],
  { secrets = [], attended }: { readonly secrets?: readonly string[]; readonly attended: boolean },
): Observed {
  if (observers.size === 0) return { exitCode: undefined, [Symbol.dispose]() {} };
  const started: StartedCommand = { line: commandLine(command, args, secrets), attended };
  const begun = performance.now();
  const told = [...observers];
  for (const observer of told) observer.started(started);
  return {
    exitCode: undefined,
    [Symbol.dispose]() {
      const outcome = { exitCode: this.exitCode, ms: performance.now() - begun };
      for (const observer of told) observer.ended(started, outcome);
    },
  };
}

const longest = 2_000;

/** Renders a command for people. No argument should hold a secret; where one does all the same, it is not shown. */
export function commandLine(command: string, args: readonly string[], secrets: readonly string[] = []): string {
  const shown = [command, ...args].map((word) =>
    // Before it is quoted, which changes it; and the name and the password in a URL.
    shellWord(redact(word, secrets).replaceAll(/(\b[a-z][a-z0-9+.-]*:\/\/)[^\s/'"@]+@/gi, "$1[redacted]@")),
  );
  // Scripts have lines of their own.
  const line = shown.join(" ").replaceAll(/\s*\n\s*/g, String.raw`\n`);
  return line.length > longest ? `${line.slice(0, longest)}…` : line;
}
