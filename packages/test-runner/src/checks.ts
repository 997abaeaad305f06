import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { glob } from "zx";
import { checkChangesets } from "./changesets.js";
import { type ProgramResult, runProgram } from "./program.js";

/** Something that is right or wrong about the repository as a whole; counted like a test. */
export interface Check {
  readonly name: string;
  run(signal: AbortSignal): Promise<CheckResult>;
}

export interface CheckResult {
  readonly passed: number;
  readonly failed: number;
  readonly output: string;
  /** Why the check was not made. */
  readonly skipped?: string;
}

const timeout = 5 * 60_000;
const knip = ["--no-config-hints"];
const production = ["--production", "--config", "knip.production.json"];

/** Returns the checks that need nothing but what `npm ci` brings, and shellcheck. */
export function staticChecks(root: string, inCi: boolean): readonly Check[] {
  return [
    { name: "build", run: async () => verdict(true) }, // Nothing runs before it is done.
    programCheck(root, "types of the tests (tsc)", "tsc", ["-p", "tsconfig.test.json"]),
    programCheck(root, "lint and cycles between files (oxlint)", "oxlint", ["--deny-warnings"]),
    programCheck(root, "format (oxfmt)", "oxfmt", ["--check"]),
    programCheck(root, "dead code (knip)", "knip", knip),
    programCheck(root, "code that only tests use (knip)", "knip", [...knip, ...production]),
    programCheck(root, "workspace (sherif)", "sherif", []),
    ...publicPackages(root).map(({ name, folder }) =>
      programCheck(root, `package ${name} (publint)`, "publint", ["run", folder, "--strict"]),
    ),
    { name: "shell scripts (shellcheck)", run: (signal) => checkShell(root, inCi, signal) },
    changesetCheck(root),
  ];
}

export function verdict(ok: boolean, output = ""): CheckResult {
  return { passed: ok ? 1 : 0, failed: ok ? 0 : 1, output };
}

/** A program that `npm ci` does not bring is missing: its check is skipped; in CI that is a failure. */
export function withoutProgram(program: string, { faults, output }: ProgramResult, inCi: boolean): CheckResult {
  const why = `${program} ${faults[0] ?? output}`;
  return inCi ? verdict(false, why) : { passed: 0, failed: 0, output: "", skipped: why };
}

function programCheck(root: string, name: string, program: string, args: readonly string[]): Check {
  return {
    name,
    run: async (signal) => {
      const command = join(root, "node_modules/.bin", program);
      const { output, exitCode, faults } = await runProgram(command, args, { cwd: root, timeout, signal });
      return verdict(exitCode === 0, [output, ...faults].join("\n"));
    },
  };
}

async function checkShell(root: string, inCi: boolean, signal: AbortSignal): Promise<CheckResult> {
  const shellcheck = (args: readonly string[]) => runProgram("shellcheck", args, { cwd: root, timeout, signal });
  const found = await shellcheck(["--version"]);
  if (found.exitCode !== 0) return withoutProgram("shellcheck", found, inCi);
  const files = await glob("**/*.sh", { cwd: root, ignore: ["**/node_modules/**", "**/dist/**"] });
  const { output, exitCode } = await shellcheck(["--", ".ci/run", ...files.toSorted()]);
  return verdict(exitCode === 0, output);
}

function changesetCheck(root: string): Check {
  return {
    name: "changesets",
    run: async () => {
      const files = readdirSync(join(root, ".changeset"))
        .filter((name) => name.endsWith(".md") && name !== "README.md")
        .map((name) => join(".changeset", name))
        .map((file) => ({ file, text: readFileSync(join(root, file), "utf8") }));
      const names = publicPackages(root).map(({ name }) => name);
      const faults = checkChangesets(files, names);
      return verdict(faults.length === 0, faults.join("\n"));
    },
  };
}

/** Returns the packages that are published. */
export function publicPackages(root: string): readonly { readonly name: string; readonly folder: string }[] {
  return readdirSync(join(root, "packages"))
    .toSorted()
    .map((name) => `packages/${name}`)
    .filter((folder) => existsSync(join(root, folder, "package.json")))
    .map((folder) => ({ ...readPackage(join(root, folder, "package.json")), folder }))
    .filter((found) => found.private !== true);
}

function readPackage(file: string): { readonly name: string; readonly private?: boolean } {
  return JSON.parse(readFileSync(file, "utf8")) as { name: string; private?: boolean };
}
