import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { checkChangesets } from "./changesets.js";
import { runProgram } from "./program.js";

/** Something that is right or wrong about the repository as a whole; counted like a test. */
export interface Check {
  readonly name: string;
  run(signal: AbortSignal): Promise<CheckResult>;
}

export interface CheckResult {
  readonly passed: number;
  readonly failed: number;
  readonly output: string;
  /** Why it was not made. */
  readonly skipped?: string;
}

const timeout = 5 * 60_000;

/** The checks that need nothing but what `npm ci` brings. */
export function staticChecks(root: string): readonly Check[] {
  return [
    { name: "build (tsc -b)", run: async () => ({ passed: 1, failed: 0, output: "" }) }, // Nothing runs before it is done.
    programCheck(root, "types of the tests (tsc)", "tsc", ["-p", "tsconfig.test.json"]),
    programCheck(root, "lint (oxlint)", "oxlint", ["--deny-warnings"]),
    programCheck(root, "format (oxfmt)", "oxfmt", ["--check"]),
    programCheck(root, "dead code (knip)", "knip", ["--no-config-hints"]),
    programCheck(root, "workspace (sherif)", "sherif", []),
    ...publicPackages(root).map(({ name, folder }) =>
      programCheck(root, `package ${name} (publint)`, "publint", ["run", folder, "--strict"]),
    ),
    changesetCheck(root),
  ];
}

function programCheck(root: string, name: string, program: string, args: readonly string[]): Check {
  return {
    name,
    run: async (signal) => {
      const command = join(root, "node_modules/.bin", program);
      const { output, exitCode, faults } = await runProgram(command, args, { cwd: root, timeout, signal });
      const ok = exitCode === 0;
      return { passed: ok ? 1 : 0, failed: ok ? 0 : 1, output: [output, ...faults].join("\n") };
    },
  };
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
      const ok = faults.length === 0;
      return { passed: ok ? 1 : 0, failed: ok ? 0 : 1, output: faults.join("\n") };
    },
  };
}

/** The packages that are published. */
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
