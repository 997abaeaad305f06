import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { CommandFailed, run } from "@k3s-lab/exec";
import { BuildFailed } from "./errors.js";
import { buildArgs, buildEnv, listArgs, staleArgs, type Part } from "./parts.js";
import { Counter, isDownload, isPackage, moduleZips, type Progress } from "./progress.js";
import { sources, type Arch } from "./release.js";

export interface Job {
  readonly arch: Arch;
  readonly offline: boolean;
  readonly signal: AbortSignal | undefined;
  readonly report: (progress: Progress) => void;
  readonly work: string;
  readonly cc: string;
  readonly moduleCache: string;
}

/** Fetches what is missing in the module cache; `go list` reads just the modules that the parts need. */
export async function download(all: readonly Part[], job: Job): Promise<void> {
  const sums = await Promise.all(
    all.map(({ module }) => readFile(join(sources, module, "go.sum"), "utf8").catch(() => "")),
  );
  const zips = [...new Set(sums.flatMap(moduleZips))];
  const missing = zips.filter((zip) => !existsSync(join(job.moduleCache, zip))).length;
  // What go.sum names is more than what the parts import: the total is an upper bound, told once one is fetched.
  let counter: Counter | undefined;
  const line = (text: string): void => {
    if (isDownload(text)) (counter ??= new Counter("download", missing, job.report)).line(text);
  };
  for (const part of all) {
    await go(part, listArgs(part, ""), job, line);
  }
  counter?.finish();
}

/**
 * Compiles the parts side by side; `go build` itself uses every core, so two lanes fill two cores' gaps. Those of one module
 * come one after the other: what they share is compiled once.
 */
export async function compileAll(all: readonly Part[], job: Job, cores: number): Promise<void> {
  const modules = new Set(all.map(({ module }) => module));
  const queue = [...modules].map((module) => all.filter((part) => part.module === module));
  const lanes = cores < 2 ? 1 : Math.min(queue.length, Math.ceil(cores / 2) + 1);
  const failed = new AbortController();
  const signal = job.signal ? AbortSignal.any([job.signal, failed.signal]) : failed.signal;
  const lane = async (): Promise<void> => {
    try {
      for (let group = queue.shift(); group; group = queue.shift()) {
        for (const part of group) await compile(part, { ...job, signal });
      }
    } catch (error) {
      failed.abort(error);
      throw job.signal?.aborted ? job.signal.reason : error;
    }
  };
  await Promise.all(Array.from({ length: lanes }, lane));
}

async function compile(part: Part, job: Job): Promise<void> {
  const stale = await go(part, staleArgs(part), job);
  const counter = new Counter(part.name, stale.split("\n").filter(Boolean).length, job.report);
  await go(part, buildArgs(part, job.work), job, counter.line);
  counter.finish();
}

async function go(part: Part, args: readonly string[], job: Job, onLine?: (line: string) => void): Promise<string> {
  const options = {
    cwd: join(sources, part.module),
    env: { ...buildEnv(part, job.arch, job.offline), ...(part.cgo ? { CC: job.cc } : {}) },
    timeout: 60 * 60_000,
    signal: job.signal,
    onLine,
  };
  try {
    return (await run("go", args, options)).stdout;
  } catch (error) {
    if (!(error instanceof CommandFailed)) throw error;
    const output = error.stderr.split("\n").filter((text) => !isPackage(text) && !isDownload(text));
    throw new BuildFailed(part.name, output.join("\n").trim() || error.message, error);
  }
}
