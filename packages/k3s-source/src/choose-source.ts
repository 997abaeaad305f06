import { defaultK3sVersion } from "@k3s-lab/lab";
import { Problem } from "@k3s-lab/problem";
import { NotFound } from "./http-error.js";
import { type Arch, sumsFile } from "./arch.js";
import { buildRelease } from "./build-release.js";
import { cachedRelease, downloadRelease } from "./download-release.js";
import { fetchSums } from "./fetch-sums.js";
import { openHttp, reasonOf } from "./http.js";
import { findPackage, readPackage } from "./installed-package.js";
import { readDirectory } from "./read-directory.js";
import type { Asked, Release, Log } from "./release.js";
import { checkBaseUrl, releaseUrl } from "./release-url.js";

export interface ChooseContext {
  readonly arch: Arch;
  /** That of lab.yaml: a package may be installed beside it. */
  readonly labFolder: string;
  readonly install: "auto" | "never";
  readonly log: Log;
  readonly signal?: AbortSignal | undefined;
  /** Replaced by tests. */
  readonly build?: typeof buildRelease;
}

/** Milliseconds that `auto` waits for the sums before it takes a release for unreachable. */
const reachTimeout = 3000;

/**
 * Obtains K3s from the source that lab.yaml asks for; `auto` is a release where one can be reached, else a package that is
 * installed, else modules.
 */
export async function chooseSource(asked: Asked, context: ChooseContext): Promise<Release> {
  if (asked.source !== "auto") return obtain(asked.source, asked, context);
  checkBaseUrl(asked.baseUrl);
  return (await cachedRelease(asked, context.arch)) ?? chooseByReach(asked, context);
}

/** Obtains K3s from a source that has been chosen. */
export async function obtain(source: Release["source"], asked: Asked, context: ChooseContext): Promise<Release> {
  const { arch, labFolder, log, signal, build = buildRelease } = context;
  switch (source) {
    case "release":
      checkBaseUrl(asked.baseUrl);
      return downloadRelease(asked, arch, log, signal);
    case "directory":
      return readDirectory(asked.directory ?? "", arch, log, { signal });
    case "modules":
      return build(arch, context);
    case "package": {
      const found = findPackage(arch, labFolder);
      if (found instanceof Problem) throw found;
      return readPackage(found, arch, log, signal);
    }
  }
}

/** Obtains the build from modules for `auto`: from a package that is installed, else by compiling. */
export async function obtainModules(asked: Asked, context: ChooseContext): Promise<Release> {
  const brought = await takePackage(context);
  return brought instanceof Problem ? obtain("modules", asked, context) : brought;
}

/** Takes the package that is installed; the Problem tells why there is none that can be used. One that is damaged throws. */
async function takePackage({ arch, labFolder, log, signal }: ChooseContext, why = ""): Promise<Release | Problem> {
  const found = findPackage(arch, labFolder);
  if (found instanceof Problem) return found;
  log.note(`K3s comes from the package ${found}${why}`);
  return readPackage(found, arch, log, signal);
}

async function chooseByReach(asked: Asked, context: ChooseContext): Promise<Release> {
  const url = releaseUrl(asked, sumsFile(context.arch));
  const obstacle = await obstacleTo(url, asked, context);
  if (obstacle === undefined) {
    context.log.note(`K3s comes from the release ${asked.version}: it can be reached`);
    return obtain("release", asked, context);
  }
  const why = `, because no release can be reached: ${url}: ${obstacle}`;
  const brought = await takePackage(context, why);
  if (!(brought instanceof Problem)) return brought;
  // Told before: a build may take minutes.
  context.log.note(`K3s comes from Go modules${why}; ${brought.subject}: ${brought.what}`);
  try {
    return await obtain("modules", asked, context);
  } catch (error) {
    if (!(error instanceof Problem) || context.signal?.aborted) throw error;
    const what = `no release can be reached (${url}: ${obstacle}), nor can K3s be built from modules (${error.subject}: ${error.what})`;
    throw new Problem("LAB-SRC-006", "cluster.source", what, {
      remedy:
        `${error.remedy ?? ""} Or set cluster.baseUrl to a mirror, or cluster.directory to a folder with a release.`.trim(),
      exitCode: error.exitCode,
      cause: error,
    });
  }
}

/** Tells why a release cannot be reached within the timeout of `auto`; undefined where it can. */
async function obstacleTo(url: string, asked: Asked, { arch, signal }: ChooseContext): Promise<string | undefined> {
  const http = await openHttp();
  const late = AbortSignal.timeout(reachTimeout);
  try {
    const sums = await fetchSums(http, url, signal ? AbortSignal.any([signal, late]) : late);
    // A portal that wants to be logged in to answers everything.
    return sums.has(arch.binary) ? undefined : `what comes is no sum file of a release`;
  } catch (error) {
    if (signal?.aborted) throw error;
    // A version that lab.yaml asks for is not replaced by another because of a typing error.
    if (error instanceof NotFound && asked.version !== defaultK3sVersion) throw error;
    if (error instanceof Problem) return error.what;
    return late.aborted ? `no answer within ${reachTimeout / 1000} s` : reasonOf(error);
  } finally {
    await http.close();
  }
}
