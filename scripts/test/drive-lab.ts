// Drives a lab in an emulated host as a person does: by npm scripts.
import { mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { run, type RunOptions, type RunResult } from "@k3s-lab/exec";
import { labDigest } from "@k3s-lab/lab";
import { cacheDir, systemDir } from "@k3s-lab/host";
import type { KubeNode } from "@k3s-lab/kube";
import * as assert from "uvu/assert";
import { type EmulatedHost, eventually as lookUntil, type Snapshot, snapshotHost } from "@k3s-lab/testbed";

/** The project, whose npm scripts are run. */
export const root = fileURLToPath(new URL("../../", import.meta.url));
const longest = 10 * 60_000;
const { scripts } = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as {
  readonly scripts: Readonly<Record<string, string>>;
};
/** The scripts that are run by npm itself; what others are is read from package.json, as npm does. */
const changing: ReadonlySet<string> = new Set(["lab:up", "lab:down", "lab:stop", "lab:start", "lab:fetch", "push"]);

export interface DrivenLab extends AsyncDisposable {
  /** The folder of lab.yaml. */
  readonly dir: string;
  /** Puts another text into lab.yaml. */
  configure(yaml: string): void;
  /** The host's state, without the disks of other labs. */
  snapshot(): Promise<Snapshot>;
  /** Runs an npm script of the project on the emulated host; any exit code is an answer. */
  npm(script: string, args?: readonly string[], options?: RunOptions): Promise<RunResult>;
  /** Like npm, but fails with the output unless the exit code is 0. */
  npmOk(script: string, args?: readonly string[], options?: RunOptions): Promise<string>;
  kubectl(...args: readonly string[]): Promise<string>;
  kubectlJson<Value>(...args: readonly string[]): Promise<Value>;
  /** A value of `.lab/`. */
  state<Value>(file: string): Value;
}

/** The lab of a lab.yaml with this text. Caches are filled on the real host, where package registries can be reached. */
export async function driveLab(host: Pick<EmulatedHost, "run">, yaml = ""): Promise<DrivenLab> {
  const dir = realpathSync(mkdtempSync(join(tmpdir(), "k3s-lab-e2e-")));
  const file = join(dir, "lab.yaml");
  writeFileSync(file, "");
  const script = (name: string, args: readonly string[]) => ["run", "-s", name, "--", "--config", file, ...args];
  const on =
    (runner: typeof run): DrivenLab["npm"] =>
    (name, args = [], options = {}) => {
      const settings = { cwd: root, timeout: longest, answers: "any", ...options } as const;
      if (changing.has(name)) return runner("npm", script(name, args), settings);
      // Half a second less for each of hundreds of questions.
      const [program = "", ...words] = (scripts[name] ?? "").split(" ");
      return runner(program, [...words, "--config", file, ...args], settings);
    };
  const npm = on(host.run);
  const npmOk: DrivenLab["npmOk"] = async (name, args, options) => succeeded(name, await npm(name, args, options));
  const kubectl: DrivenLab["kubectl"] = (...args) => npmOk("kubectl", args);
  succeeded("lab:fetch", await on(run)("lab:fetch"));
  writeFileSync(file, yaml);
  // A pod may start or end at any time, and a snapshot is compared with another.
  const cgroups = /^(?!.*\/kubepods\/)/;
  // Other labs of the real host, and the root file systems of all.
  const others = new RegExp(`^(?!${systemDir}/(rootfs|(?!${labDigest(join(dir, ".lab"))})[0-9a-f]{6})(/|$))`);
  return {
    dir,
    configure: (text) => writeFileSync(file, text),
    snapshot: () => snapshotHost({ run: host.run, only: { files: others, cgroups } }),
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

/** Runs lab:up where nothing has changed; reports what it did where it found something to do, action by action. */
export async function upChangesNothing(lab: DrivenLab, options?: RunOptions): Promise<void> {
  const done = await lab.npm("lab:up", [], options);
  const said = succeeded("lab:up", done);
  assert.match(said, "nothing had to be done", `${lab.dir}: ${said}\n${done.stderr}`);
}

/** Looks until something holds; reports what it waited for when it never does. `within` is milliseconds. */
export async function eventually(what: string, holds: () => Promise<boolean>, within = 60_000): Promise<void> {
  await lookUntil(what, () => answered(holds), { within, every: 200 });
}

/** A command that enters a machine in the middle of its shutdown may hang: no answer is a no. */
async function answered(holds: () => Promise<boolean>): Promise<boolean> {
  const asked = holds();
  asked.catch(() => {}); // Heard below, unless it comes too late to matter.
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<false>((resolve) => {
    timer = setTimeout(resolve, 20_000, false);
  });
  return Promise.race([asked, late]).finally(() => clearTimeout(timer));
}

/** What `kubectl get` prints of several objects. */
export interface List<Value> {
  readonly items: readonly Value[];
}

/** Names of the nodes that Kubernetes calls Ready. */
export async function readyNodes(lab: Pick<DrivenLab, "kubectlJson">): Promise<readonly string[]> {
  const { items } = await lab.kubectlJson<List<KubeNode>>("get", "nodes");
  const ready = items.filter(({ status }) =>
    status?.conditions?.some(({ type, status: is }) => type === "Ready" && is === "True"),
  );
  return ready.map(({ metadata }) => metadata.name).toSorted();
}

export interface Build {
  readonly folder: string;
  readonly version: string;
  readonly sha256: string;
}

/** What was built from modules when the lab's caches were filled. */
export async function modulesBuild(): Promise<Build> {
  const arch = process.arch === "arm64" ? "arm64" : "amd64";
  const { buildModules } = await import("@k3s-lab/k3s-from-modules");
  const folder = await buildModules({ cacheDir: cacheDir(), arch });
  const sums = readFileSync(join(folder, `sha256sum-${arch}.txt`), "utf8");
  const [sha256 = ""] = /^[0-9a-f]{64}(?=\s+k3s(-arm64)?$)/m.exec(sums) ?? [];
  return { folder, version: readFileSync(join(folder, "VERSION"), "utf8").trim(), sha256 };
}
