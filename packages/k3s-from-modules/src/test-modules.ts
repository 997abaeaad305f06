import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { run } from "@k3s-lab/exec";
import { compiling } from "./parts.js";

interface TestEvent {
  readonly Action: string;
  readonly Test?: string;
  readonly Output?: string;
}

interface Tally {
  readonly passed: number;
  readonly failed: number;
}

/** Where nothing is cached, vetting compiles Kubernetes, which took 20 minutes on a slow machine with nothing beside it. */
const options = { timeout: 60 * 60_000, answers: "any" } as const;
const vetOwnCode = fileURLToPath(new URL("../src/vet-own-code.sh", import.meta.url));

async function testModule(folder: string, flags: readonly string[]): Promise<Tally> {
  const build = [...compiling, ...flags, "./..."];
  const go = (...args: readonly string[]) =>
    run("go", [...args, ...build], { ...options, cwd: folder, env: { CGO_ENABLED: "0", GOWORK: "off" } });
  const vet = await go("vet", `-vettool=${vetOwnCode}`);
  if (vet.exitCode !== 0) {
    console.error(vet.stderr);
    return { passed: 0, failed: 1 };
  }
  const { stdout, stderr, exitCode } = await go("test", "-json", "-vet=off");
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
  // A package that does not compile has no test that fails.
  return { passed: count("pass"), failed: exitCode !== 0 ? Math.max(failed, 1) : failed };
}

/**
 * The whole program of a package's Go tests: `go vet` and `go test` for each of the modules in a folder, with the flags it is
 * built with: others would compile everything again. One after the other, since two would compile at once what both need.
 * Ends in "N passed, N failed".
 */
export async function testModules(folder: string, modules: ReadonlyMap<string, readonly string[]>): Promise<void> {
  const tallies: Tally[] = [];
  for (const [name, flags] of modules) tallies.push(await testModule(join(folder, name), flags));
  const sum = (of: keyof Tally): number => tallies.reduce((total, tally) => total + tally[of], 0);
  console.log(`${sum("passed")} passed, ${sum("failed")} failed`);
  process.exitCode = sum("failed") > 0 ? 1 : 0;
}
