// A lab in an emulated host, driven as a person does: by npm scripts.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { run, type RunOptions, type RunResult } from "@k3s-lab/exec";
import type { EmulatedHost } from "@k3s-lab/testbed";

const root = fileURLToPath(new URL("../../", import.meta.url));
const longest = 10 * 60_000;

export interface DrivenLab extends AsyncDisposable {
  /** The folder of lab.yaml. */
  readonly dir: string;
  /** Runs an npm script of the project on the emulated host; any exit code is an answer. */
  npm(script: string, args?: readonly string[], options?: RunOptions): Promise<RunResult>;
  /** Like npm, but fails with what was said unless the exit code is 0. */
  npmOk(script: string, args?: readonly string[], options?: RunOptions): Promise<string>;
  kubectl(...args: readonly string[]): Promise<string>;
  kubectlJson<Value>(...args: readonly string[]): Promise<Value>;
  /** A value of `.lab/`. */
  state<Value>(file: string): Value;
}

/** The lab of a lab.yaml with this text. Caches are filled on the real host, where registries can be reached. */
export async function driveLab(host: Pick<EmulatedHost, "run">, yaml = ""): Promise<DrivenLab> {
  const dir = mkdtempSync(join(tmpdir(), "k3s-lab-e2e-"));
  const file = join(dir, "lab.yaml");
  writeFileSync(file, yaml);
  const script = (name: string, args: readonly string[]) => ["run", "-s", name, "--", "--config", file, ...args];
  const on =
    (runner: typeof run): DrivenLab["npm"] =>
    (name, args = [], options = {}) =>
      runner("npm", script(name, args), { cwd: root, timeout: longest, answers: "any", ...options });
  const npm = on(host.run);
  const npmOk: DrivenLab["npmOk"] = async (name, args, options) => succeeded(name, await npm(name, args, options));
  const kubectl: DrivenLab["kubectl"] = (...args) => npmOk("kubectl", args);
  succeeded("lab:fetch", await on(run)("lab:fetch"));
  return {
    dir,
    npm,
    npmOk,
    kubectl,
    kubectlJson: async (...args) => JSON.parse(await kubectl(...args, "--output=json")),
    state: (name) => JSON.parse(readFileSync(join(dir, ".lab", name), "utf8")),
    async [Symbol.asyncDispose]() {
      await npm("lab:down");
      rmSync(dir, { recursive: true, force: true });
    },
  };
}

function succeeded(name: string, { exitCode, stdout, stderr }: RunResult): string {
  if (exitCode === 0) return stdout;
  throw new Error(`${name} ended with exit code ${exitCode}:\n${stderr}\n${stdout}`);
}

/** Watches until something holds; says what it waited for when it never does. */
export async function eventually(what: string, holds: () => Promise<boolean>, patience = 60_000): Promise<void> {
  const deadline = performance.now() + patience;
  while (!(await holds())) {
    if (performance.now() > deadline) throw new Error(`${what}: did not come true within ${patience / 1000} s`);
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
}
