import { Problem } from "@k3s-lab/lab";
import { type Arch, sumsFile } from "./arch.js";
import { buildRelease } from "./build-release.js";
import { cachedRelease, downloadRelease, releaseUrl } from "./download-release.js";
import { openHttp, reasonOf } from "./http.js";
import { readDirectory } from "./read-directory.js";
import type { Asked, Release, Says } from "./release.js";

export interface ChooseContext {
  readonly arch: Arch;
  readonly install: "auto" | "never";
  readonly says: Says;
  readonly signal?: AbortSignal;
  /** Replaced by tests. */
  readonly build?: typeof buildRelease;
}

/** How long `auto` waits for an answer before it takes a release for unreachable. */
const patience = 3000;

/** Obtains K3s from the source that lab.yaml asks for; `auto` is a release where one can be reached, else modules. */
export async function chooseSource(asked: Asked, context: ChooseContext): Promise<Release> {
  if (asked.source === "auto") return (await cachedRelease(asked, context.arch)) ?? chooseByReach(asked, context);
  return obtain(asked.source, asked, context);
}

/** Obtains K3s from a source that has been chosen. */
export async function obtain(source: Release["source"], asked: Asked, context: ChooseContext): Promise<Release> {
  const { arch, says, signal } = context;
  switch (source) {
    case "release":
      return downloadRelease(asked, arch, says, signal);
    case "directory":
      return readDirectory(asked.directory ?? "", arch, says, signal ? { signal } : {});
    case "modules": {
      const { install, build = buildRelease } = context;
      return build(arch, { install, says, ...(signal ? { signal } : {}) });
    }
  }
}

async function chooseByReach(asked: Asked, context: ChooseContext): Promise<Release> {
  const url = releaseUrl(asked, sumsFile(context.arch));
  const obstacle = await obstacleTo(url, context.signal);
  if (obstacle === undefined) {
    context.says.note(`K3s comes from the release ${asked.version}: it can be reached`);
    return obtain("release", asked, context);
  }
  try {
    const release = await obtain("modules", asked, context);
    context.says.note(
      `K3s comes from Go modules (${release.version}), because no release can be reached: ${url}: ${obstacle}`,
    );
    return release;
  } catch (error) {
    if (!(error instanceof Problem) || context.signal?.aborted) throw error;
    throw new Problem("cluster.source", noneMessage(url, obstacle, error), {
      remedy:
        `${error.remedy ?? ""} Or set cluster.baseUrl to a mirror, or cluster.directory to a folder with a release.`.trim(),
      exitCode: error.exitCode,
      cause: error,
    });
  }
}

function noneMessage(url: string, obstacle: string, error: Problem): string {
  return `no release can be reached (${url}: ${obstacle}), nor can K3s be built from modules (${error.subject}: ${error.what})`;
}

/** Why a file cannot be reached within the patience of `auto`; undefined where it can. */
async function obstacleTo(url: string, signal?: AbortSignal): Promise<string | undefined> {
  const http = await openHttp();
  const late = AbortSignal.timeout(patience);
  try {
    const response = await http.head(url, signal ? AbortSignal.any([signal, late]) : late);
    // A server that knows no HEAD is there.
    return response.ok || response.status === 405 || response.status === 501 ? undefined : `HTTP ${response.status}`;
  } catch (error) {
    if (signal?.aborted) throw error;
    return late.aborted ? `no answer within ${patience / 1000} s` : reasonOf(error);
  } finally {
    await http.close();
  }
}
