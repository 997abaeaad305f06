import { readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { CommandFailed, run } from "@k3s-lab/exec";
import { ensurePrograms } from "@k3s-lab/host";
import { Problem } from "@k3s-lab/problem";
import { parseImage } from "./image-source.js";
import { locate, type Located, spell } from "./locate.js";
import type { Registry } from "./registry.js";
import { serves } from "./registry-api.js";
import { makeScratch } from "./scratch.js";
import { complaintOf, type Copy, programs, progressOf, pushArgs, withoutProxy } from "@k3s-lab/images/skopeo";
import { targetNames } from "./target.js";

export interface PushOptions {
  readonly registry: Registry;
  /** NAME[:TAG] in the registry; the image's own when absent. */
  readonly name?: string | undefined;
  readonly install: "auto" | "never";
  /** Says how far it has come. */
  progress(message: string): void;
  readonly signal?: AbortSignal | undefined;
  readonly env?: NodeJS.ProcessEnv;
}

export interface Pushed {
  /** What pods and nodes pull: "multi:5000/hello:1". More than one where the image has several names. */
  readonly references: readonly string[];
  readonly digest: string;
}

const pushTimeout = 60 * 60_000;

/** Puts an image into the lab's registry. What is wrong with IMAGE is said before anything is asked or installed. */
export async function pushImage(image: string, options: PushOptions): Promise<Pushed> {
  const { registry, env = process.env, progress, signal } = options;
  const located = await locate(parseImage(image, env.INIT_CWD ?? process.cwd()), image);
  const targets = targetNames(located.names, {
    asked: options.name,
    registry: registry.name,
    subject: located.subject,
  });
  if (!(await serves(registry.endpoint, signal))) {
    throw new Problem("LAB-REG-007", registry.name, `no registry answers at ${registry.endpoint}/v2/`, {
      remedy: "Run `npm run lab:up`; `npm run lab:status` shows how the lab is.",
    });
  }
  await ensurePrograms(programs, { install: options.install, note: progress });
  const scratch = makeScratch("push", env);
  try {
    const source = await spell(located, registry, scratch, env);
    let digest = "";
    for (const target of targets) {
      progress(`pushing ${registry.name}/${target}`);
      digest = await copyInto(
        registry,
        { ...source, target, scratch, subject: image, ...remedyFor(located) },
        { progress, signal, env },
      );
    }
    return { references: targets.map((target) => `${registry.name}/${target}`), digest };
  } finally {
    rmSync(scratch, { recursive: true });
  }
}

/** What to do where skopeo could not read the image, or not write it. */
function remedyFor(located: Located): Pick<Copying, "remedy"> {
  switch (located.transport) {
    case "docker":
      return { remedy: "Check the reference; a private registry wants `skopeo login` first." };
    case "docker-daemon":
      return { remedy: "Start Docker or set DOCKER_HOST, or push a file that `docker save` has written." };
    default:
      return {};
  }
}

export interface Copying extends Pick<Copy, "source" | "plainSource" | "dockerHost"> {
  /** NAME:TAG in the registry. */
  readonly target: string;
  /** A folder for what skopeo writes down. */
  readonly scratch: string;
  /** A person's word for the image. */
  readonly subject: string;
  readonly remedy?: string;
}

/** Copies one image into the registry, by its address. Resolves with the digest that it has there. */
export async function copyInto(
  registry: Registry,
  { target, scratch, subject, remedy, ...source }: Copying,
  { progress, signal, env }: Pick<PushOptions, "progress" | "signal" | "env">,
): Promise<string> {
  const digestFile = join(scratch, "digest");
  try {
    await run("skopeo", pushArgs({ ...source, destination: `docker://${registry.host}/${target}`, digestFile }), {
      env: withoutProxy(registry.address, env),
      timeout: pushTimeout,
      onLine: (line) => {
        const message = progressOf(line);
        if (message !== undefined) progress(message);
      },
      ...(signal === undefined ? {} : { signal }),
    });
  } catch (cause) {
    if (!(cause instanceof CommandFailed) || cause.exit === undefined) throw cause;
    throw new Problem("LAB-REG-008", subject, `could not be pushed: ${complaintOf(cause.stderr)}`, {
      cause,
      ...(remedy === undefined ? {} : { remedy }),
    });
  }
  return readFileSync(digestFile, "utf8").trim();
}
