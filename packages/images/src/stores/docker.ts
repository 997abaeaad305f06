import { createWriteStream } from "node:fs";
import type { IncomingMessage, RequestOptions } from "node:http";
import { text as textOf } from "node:stream/consumers";
import { pipeline } from "node:stream/promises";
import { run } from "@k3s-lab/exec";
import type { DockerEndpoint } from "./docker-endpoint.js";
import { formatReference, parseReference } from "../reference.js";
import { type ImageStore, patience, storeProblem } from "./store.js";

/**
 * Opens a Docker, or a Podman that answers as one. Its own API is asked, in the version that it names itself: skopeo of
 * Debian 12 and Ubuntu 24.04 insists on one that a current Docker refuses.
 */
export function dockerStore(endpoint: DockerEndpoint): ImageStore {
  const title = `Docker at ${endpoint.host}`;
  // Only the docker program knows what ssh needs.
  if (endpoint.host.startsWith("ssh:")) return dockerProgram(endpoint, title);
  let prefix: Promise<string> | undefined;
  const sizes = new Map<string, number>();
  const ask = async (path: string, signal?: AbortSignal) => {
    prefix ??= get(endpoint, "/_ping", signal).then((pinged) => {
      pinged.resume();
      const version = pinged.headers["api-version"];
      return typeof version === "string" && version !== "" ? `/v${version}` : "";
    });
    try {
      return await get(endpoint, `${await prefix}${path}`, signal);
    } catch (cause) {
      signal?.throwIfAborted();
      throw storeProblem(title, unreached(cause), remedyOf(endpoint, cause), cause);
    }
  };
  const refused = async (answer: IncomingMessage) => {
    const what = `answers ${answer.statusCode}: ${await messageOf(answer)}`;
    return storeProblem(title, what, "Look at `docker info`, or push a file that `docker save` has written.");
  };
  return {
    title,
    transport: "docker-daemon",
    async find(name, signal) {
      const answer = await ask(`/images/${name}/json`, signal);
      if (answer.statusCode === 404) return void answer.resume();
      if (answer.statusCode !== 200) throw await refused(answer);
      const { Id, Size } = JSON.parse(await textOf(answer)) as { readonly Id: string; readonly Size?: number };
      if (Size !== undefined) sizes.set(name, Size);
      return Id;
    },
    async namesLike(name, signal) {
      const { domain, path } = parseReference(name) ?? {};
      if (path === undefined) return [];
      const own = formatReference({ domain, path });
      const filters = encodeURIComponent(JSON.stringify({ reference: [own] }));
      const answer = await ask(`/images/json?filters=${filters}`, signal);
      if (answer.statusCode !== 200) throw await refused(answer);
      const listed = JSON.parse(await textOf(answer)) as readonly { readonly RepoTags?: readonly string[] | null }[];
      return listed.flatMap(({ RepoTags }) => RepoTags ?? []).filter((each) => each.startsWith(`${own}:`));
    },
    bytes: (name) => sizes.get(name),
    async save(name, archive, { signal }) {
      const answer = await ask(`/images/${name}/get`, signal);
      if (answer.statusCode !== 200) throw await refused(answer);
      await pipeline(answer, createWriteStream(archive));
    },
  };
}

function dockerProgram(endpoint: DockerEndpoint, title: string): ImageStore {
  // Under sudo it would not find the caller's context.
  const at = ["--host", endpoint.host];
  const failed = (cause: unknown) =>
    storeProblem(
      title,
      `cannot be asked: ${String(cause)}`,
      `Check that \`docker info\` works with ${endpoint.namedBy}.`,
    );
  return {
    title,
    transport: "docker-daemon",
    async find(name, signal) {
      const inspect = [...at, "image", "inspect", "--format", "{{.Id}}", name];
      const options = { signal, answers: "any", timeout: patience.answer } as const;
      const { exitCode, stdout, stderr } = await run("docker", inspect, options).catch((cause) => {
        throw failed(cause);
      });
      if (exitCode === 0) return stdout.trim();
      if (/no such image/i.test(stderr)) return undefined;
      throw failed(stderr.trim());
    },
    async save(name, archive, { signal }) {
      await run("docker", [...at, "save", "--output", archive, name], { signal, timeout: patience.save });
    },
  };
}

/** Sends one GET request, over the endpoint's socket, pipe or port. Resolves with the head of the answer. */
async function get(endpoint: DockerEndpoint, path: string, signal?: AbortSignal): Promise<IncomingMessage> {
  const { request } = endpoint.tls ? await import("node:https") : await import("node:http");
  return await new Promise((resolve, reject) => {
    const options = { ...addressOf(endpoint), path, agent: false, ...(signal && { signal }) };
    // A daemon that hangs keeps its socket open; collecting a large image has no time limit.
    const timeout = path.endsWith("/get") ? patience.save : patience.answer;
    const asked = request({ ...options, timeout }, resolve);
    asked.on("timeout", () => asked.destroy(new Error(`no answer within ${timeout / 1000} s`)));
    asked.on("error", reject);
    asked.end();
  });
}

function addressOf({ host, tls }: DockerEndpoint): RequestOptions {
  const [, scheme = "", rest = ""] = /^(\w+):\/\/(.*)$/.exec(host) ?? [];
  if (scheme === "unix") return { socketPath: rest };
  if (scheme === "npipe") return { socketPath: rest.replaceAll("/", "\\") };
  const { hostname, port } = new URL(`http://${rest || host}`);
  return { host: hostname.replace(/^\[|\]$/g, ""), port: port || (tls ? 2376 : 2375), ...tls };
}

function unreached(cause: unknown): string {
  const { code, message } = cause as NodeJS.ErrnoException;
  const why = { ENOENT: "there is no such socket", EACCES: "this user may not use its socket" }[code ?? ""];
  return `cannot be reached: ${why ?? message}`;
}

function remedyOf({ namedBy }: DockerEndpoint, cause: unknown): string {
  if ((cause as NodeJS.ErrnoException).code === "EACCES") {
    return "Run the command as root, or as a user of the group `docker`.";
  }
  return namedBy === undefined
    ? "Start Docker, or set DOCKER_HOST to where it is; or push a file that `docker save` has written."
    : `Start Docker, or change ${namedBy}, which names it; or push a file that \`docker save\` has written.`;
}

async function messageOf(answer: IncomingMessage): Promise<string> {
  const text = await textOf(answer);
  try {
    return (JSON.parse(text) as { readonly message: string }).message;
  } catch {
    return text.trim() || "nothing more";
  }
}
