import { join } from "node:path";
import { run } from "@k3s-lab/exec";

interface TestEvent {
  readonly Action: string;
  readonly Test?: string;
  readonly Output?: string;
}

interface Tally {
  readonly passed: number;
  readonly failed: number;
}

const options = { timeout: 30 * 60_000, answers: "any" } as const;

async function testModule(folder: string, flags: readonly string[]): Promise<Tally> {
  const args = ["test", "-json", "-vet=all", "-trimpath", "-buildvcs=false", ...flags, "./..."];
  const env = { CGO_ENABLED: "0", GOWORK: "off" };
  const { stdout, stderr, exitCode } = await run("go", args, { ...options, cwd: folder, env });
  const events = stdout
    .split("\n")
    .filter((line) => line.startsWith("{"))
    .map((line) => JSON.parse(line) as TestEvent);
  for (const { Action, Output = "" } of events) {
    const shown = Action === "build-output" || (Action === "output" && /--- FAIL|_test\.go:\d+|panic:/.test(Output));
    if (shown) process.stderr.write(Output);
  }
  const count = (action: string): number => events.filter(({ Test, Action }) => Test && Action === action).length;
  const failed = count("fail");
  if (exitCode !== 0 && failed === 0) console.error(stderr);
  // A package that vet refuses or that does not compile has no test that fails.
  return { passed: count("pass"), failed: exitCode !== 0 ? Math.max(failed, 1) : failed };
}

/**
 * The whole program of a package's Go tests: `go test` with all of vet, for each of the modules in a folder, with the
 * flags it is built with: others would compile everything again. Ends in "N passed, N failed".
 */
export async function testModules(folder: string, modules: ReadonlyMap<string, readonly string[]>): Promise<void> {
  const tallies = await Promise.all([...modules].map(([name, flags]) => testModule(join(folder, name), flags)));
  const sum = (of: keyof Tally): number => tallies.reduce((total, tally) => total + tally[of], 0);
  console.log(`${sum("passed")} passed, ${sum("failed")} failed`);
  process.exitCode = sum("failed") > 0 ? 1 : 0;
}
