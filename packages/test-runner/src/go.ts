import { join } from "node:path";
import { type Check, type CheckResult, verdict, withoutProgram } from "./checks.js";
import { type ProgramResult, runProgram } from "./program.js";

const minutes = 60_000;
/** The packages with a Go program of their own. */
const folders = ["packages/k3s-from-modules", "packages/cluster-guard"];

/** Returns the checks of the Go sources: format, vet and tests. They are skipped where Go is missing; in CI that is a failure. */
export function goChecks(root: string, inCi: boolean): readonly Check[] {
  const program = (command: string, args: readonly string[], timeout: number, signal: AbortSignal) =>
    runProgram(command, args, { cwd: root, timeout, signal });
  const check = (name: string, timeout: number, make: (goRoot: string) => readonly [string, readonly string[]]) => ({
    name,
    run: async (signal: AbortSignal) => {
      const found = await program("go", ["env", "GOROOT"], minutes, signal);
      if (found.exitCode !== 0) return withoutProgram("go", found, inCi);
      const result = await program(...make(found.output.trim()), timeout, signal);
      return name === format ? judgeFormat(result) : judgeGo(result);
    },
  });
  return [
    check(format, minutes, (goRoot) => [
      join(goRoot, "bin/gofmt"),
      ["-l", ...folders.map((folder) => join(folder, "go"))],
    ]),
    ...folders.map((folder) =>
      check(`Go vet and tests (${folder})`, 65 * minutes, () => [process.execPath, [join(folder, "dist/test-go.js")]]),
    ),
  ];
}

const format = "Go format (gofmt)";

/** Judges gofmt by the files that it lists as wrong: it exits with 0 whatever it finds. */
export function judgeFormat({ output, exitCode, faults }: ProgramResult): CheckResult {
  return verdict(exitCode === 0 && output.trim() === "", [output, ...faults].join("\n"));
}

/** Reads the totals of the Go tests, whose output ends in "N passed, N failed". */
export function judgeGo({ output, exitCode, faults }: ProgramResult): CheckResult {
  const [, passed = "0", failed = "0"] = /^(\d+) passed, (\d+) failed$/m.exec(output) ?? [];
  const isUncounted = exitCode === 0 ? passed === "0" : failed === "0";
  return {
    passed: Number(passed),
    failed: Number(failed) + (isUncounted ? 1 : 0),
    output: [output, ...faults].join("\n"),
  };
}
