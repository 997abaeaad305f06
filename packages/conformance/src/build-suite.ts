import { existsSync } from "node:fs";
import { copyFile, readFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { fileURLToPath } from "node:url";
import { run } from "@k3s-lab/exec";
import { makeForCaller } from "@k3s-lab/host";
import {
  buildProgram,
  goEnvironment,
  hashSources,
  makeOnce,
  neededGo,
  readSources,
  requiredVersion,
  sources as k3sSources,
} from "@k3s-lab/k3s-from-modules/go";
import type { Places } from "./places.js";
import { suiteFiles, suitePrograms } from "./suite-programs.js";

/** The Go module that pins the suite, beside dist/ and src/. */
export const sources = fileURLToPath(new URL("../go", import.meta.url));

/** Kubernetes' tests, built. */
export interface Suite {
  /** Holds e2e.test, ginkgo, kubectl, and what the images are made of. */
  readonly folder: string;
  /** Tells one state of the sources from another. */
  readonly key: string;
  /** "v1.34.4" */
  readonly version: string;
}

export interface Building {
  /** Reports how far it has come; what follows soon may take its place. */
  progress(message: string): void;
  /** Reports what is to be seen in every log. */
  note(message: string): void;
  readonly signal: AbortSignal;
}

/** Compiling the tests takes minutes where Kubernetes was compiled with the same flags before, else most of an hour. */
const timeout = 90 * 60_000;

/** Builds the programs of the suite, once for each state of its sources. */
export async function buildSuite(places: Places, { progress, signal }: Building): Promise<Suite> {
  const goMod = await readFile(join(sources, "go.mod"), "utf8");
  const version = requiredVersion(goMod, "k8s.io/kubernetes");
  const files = [...(await readSources(sources, ["."])), ...(await readSources(k3sSources, ["pause"]))];
  const key = hashSources(files, [suitePrograms, suiteFiles, process.arch]);
  const folder = join(places.suites, key);
  const suite = { folder, key, version };
  if (existsSync(folder)) return suite;
  await goEnvironment(sources, neededGo([goMod]), signal);
  makeForCaller(places.suites);
  const linker = versionFlags(version);
  await makeOnce(folder, async (work) => {
    for (const [index, { name, package: program, tests = false }] of suitePrograms.entries()) {
      progress(`building ${name} (${index + 1} of ${suitePrograms.length + 1} programs)`);
      await buildProgram({ folder: sources, program, out: join(work, name), tests, linker, timeout, signal });
    }
    await buildProgram({ folder: join(k3sSources, "pause"), out: join(work, "pause"), signal });
    const { stdout: kubernetes } = await run("go", ["list", "-m", "-f", "{{.Dir}}", "k8s.io/kubernetes"], {
      cwd: sources,
      env: { GOWORK: "off" },
      signal,
    });
    for (const file of suiteFiles) await copyFile(join(kubernetes.trim(), file), join(work, basename(file)));
    return work;
  });
  return suite;
}

/** Without these, the programs report v0.0.0-master. */
function versionFlags(version: string): readonly string[] {
  const [major, minor] = version.replace(/^v/, "").split(".");
  const set = (name: string, value: string | undefined) => `-X k8s.io/component-base/version.${name}=${value}`;
  return [set("gitVersion", version), set("gitMajor", major), set("gitMinor", minor), set("gitTreeState", "clean")];
}
