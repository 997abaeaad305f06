import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ensurePrograms } from "@k3s-lab/host";
import { plainDestination, programs, push, type Pushing, withoutProxy } from "@k3s-lab/images/skopeo";
import { Problem } from "@k3s-lab/problem";
import { parseImage } from "./image-source.js";
import { locateImage } from "./locate-image.js";
import type { Registry } from "./registry.js";
import { serves } from "./registry-api.js";
import { targetNames } from "./target.js";

export interface PushOptions {
  readonly registry: Registry;
  /** NAME[:TAG] in the registry; by default the image's own. */
  readonly name?: string | undefined;
  readonly install: "auto" | "never";
  /** Reports how far it has come. */
  progress(message: string): void;
  readonly signal?: AbortSignal | undefined;
  readonly env?: NodeJS.ProcessEnv;
}

export interface Pushed {
  /** What pods and nodes pull: "multi:5000/hello:1". More than one where the image has several names. */
  readonly references: readonly string[];
  /** "sha256:..." */
  readonly digest: string;
}

const pushTimeout = 60 * 60_000;

/** Pushes an image to the lab's registry. What is wrong with IMAGE is thrown before anything is asked or installed. */
export async function pushImage(written: string, options: PushOptions): Promise<Pushed> {
  const { registry, name: asked, env = process.env, progress, signal } = options;
  const source = parseImage(written, env.INIT_CWD ?? process.cwd());
  const { names, subject, remedy, toSkopeo } = await locateImage(source, { written, registry, env });
  const targets = targetNames(names, { asked, registry: registry.name, subject });
  if (!(await serves(registry.endpoint, signal))) {
    throw new Problem("LAB-REG-007", registry.name, `no registry answers at ${registry.endpoint}/v2/`, {
      remedy: "Run `npm run lab:up`; `npm run lab:status` shows the state of the lab.",
    });
  }
  await ensurePrograms(programs, { install: options.install, note: progress });
  return withScratch(
    "push",
    async (scratch) => {
      const image = await toSkopeo(scratch);
      let digest = "";
      for (const target of targets) {
        progress(`pushing ${registry.name}/${target}`);
        digest = await pushTo(registry, target, scratch, { ...image, subject: written, remedy, progress, signal, env });
      }
      return { references: targets.map((target) => `${registry.name}/${target}`), digest };
    },
    env,
  );
}

export interface PushingTo extends Omit<Pushing, "destination" | "timeout" | "env"> {
  readonly env?: NodeJS.ProcessEnv | undefined;
}

/**
 * Pushes one image to the registry's address, under the name `target`. Resolves with the digest that it has there;
 * `scratch` is a folder, for what skopeo writes down.
 */
export async function pushTo(
  registry: Registry,
  target: string,
  scratch: string,
  { flags = [], env, ...image }: PushingTo,
): Promise<string> {
  const digestFile = join(scratch, "digest");
  await push({
    ...image,
    destination: `docker://${registry.host}/${target}`,
    flags: [...flags, ...plainDestination, `--digestfile=${digestFile}`],
    timeout: pushTimeout,
    env: withoutProxy(registry.address, env),
  });
  return readFileSync(digestFile, "utf8").trim();
}

/**
 * Gives `use` an empty folder, and removes it afterwards. An image can be larger than a /tmp in memory, so the folder is
 * where skopeo makes its own temporary files.
 */
export async function withScratch<Value>(
  purpose: string,
  use: (scratch: string) => Promise<Value>,
  env: NodeJS.ProcessEnv = process.env,
): Promise<Value> {
  const parent = env.TMPDIR ?? (existsSync("/var/tmp") ? "/var/tmp" : tmpdir());
  const scratch = mkdtempSync(join(parent, `k3s-lab-${purpose}-`));
  try {
    return await use(scratch);
  } finally {
    rmSync(scratch, { recursive: true });
  }
}
