import { randomUUID } from "node:crypto";
import { readFileSync } from "node:fs";
import { type RunOptions, shellWord } from "@k3s-lab/exec";
import type { Driver } from "./driver.js";

/** One thing to ask a node, as a value: shell that prints it, and a function that reads what was printed. */
export interface Section<Value> {
  /** A file of POSIX shell. It changes nothing, and ends with exit code 0 unless it could not find out. */
  readonly file: URL;
  /** The shell's $1, $2, ... */
  readonly args?: readonly string[] | undefined;
  parse(output: string): Value;
}

/** The answer of each section, by its name; undefined where the section failed on the node. */
export type Answers<Asked> = {
  readonly [Name in keyof Asked]: (Asked[Name] extends Section<infer Value> ? Value : never) | undefined;
};

/**
 * Asks a node several things at once, by one process: each further one would cost a lab with nothing to do as much again.
 * Throws NotRunning, and CommandFailed where the node went down while it was asked.
 */
export async function askNode<Asked extends Readonly<Record<string, Section<unknown>>>>(
  driver: Pick<Driver, "exec">,
  machine: string,
  sections: Asked,
  options: Pick<RunOptions, "signal" | "timeout"> = {},
): Promise<Answers<Asked>> {
  // No file on the node can hold a line that ends a section: the mark is made for this one question.
  const mark = randomUUID();
  const script = askScript(Object.values(sections), mark);
  const { stdout } = await driver.exec(machine, ["sh", "-c", script], options);
  const outputs = outputsIn(stdout, mark);
  const answers = Object.entries(sections).map(([name, { parse }], index) => {
    const output = outputs[index];
    return [name, output === undefined ? undefined : parse(output)] as const;
  });
  return Object.fromEntries(answers) as Answers<Asked>;
}

/** Each section runs in a subshell, so that no section can end another; behind its output stands its exit code. */
function askScript(sections: readonly Section<unknown>[], mark: string): string {
  const parts = sections.map(({ file, args = [] }) => {
    const words = ["--", ...args].map(shellWord).join(" ");
    // eval: a file that a node's shell cannot read fails alone.
    return `(set ${words}; eval ${shellWord(readFileSync(file, "utf8"))})\nprintf '\\n%s %s\\n' ${mark} $?\n`;
  });
  return parts.join("");
}

/** What each section has printed; undefined for one that failed. */
function outputsIn(stdout: string, mark: string): readonly (string | undefined)[] {
  const parts = stdout.split(new RegExp(`\\n${mark} (\\d+)(?:\\n|$)`));
  return parts.flatMap((output, index) => {
    if (index % 2 !== 0 || parts[index + 1] === undefined) return [];
    return [parts[index + 1] === "0" ? output : undefined];
  });
}
