import { request } from "node:http";

interface Answer {
  readonly status: number;
  readonly digest: string | undefined;
}

const manifestTypes = [
  "application/vnd.oci.image.manifest.v1+json",
  "application/vnd.oci.image.index.v1+json",
  "application/vnd.docker.distribution.manifest.v2+json",
  "application/vnd.docker.distribution.manifest.list.v2+json",
].join(", ");

/** Tells whether a registry answers at the endpoint: "http://10.76.0.10:5000". */
export async function serves(endpoint: string, signal?: AbortSignal): Promise<boolean> {
  return (await ask(`${endpoint}/v2/`, signal))?.status === 200;
}

/** What a registry says of a tag: `digest` is undefined where there is no such tag. */
interface Tag {
  readonly digest: string | undefined;
}

/** Returns what a tag stands for; undefined where no registry answers. */
export async function tagAt(
  endpoint: string,
  repository: string,
  tag: string,
  signal?: AbortSignal,
): Promise<Tag | undefined> {
  const answer = await ask(`${endpoint}/v2/${repository}/manifests/${tag}`, signal);
  return answer && { digest: answer.status === 200 ? answer.digest : undefined };
}

/**
 * Sends one HEAD request, never to a proxy: the registry is on the lab's own LAN. Undefined where no answer comes in
 * time. By node:http, which takes 4 ms to load: undici would cost each `push` and `lab:plan` 100 ms.
 */
function ask(url: string, signal: AbortSignal | undefined): Promise<Answer | undefined> {
  return new Promise((resolve) => {
    const headers = { accept: manifestTypes };
    const asked = request(url, { method: "HEAD", agent: false, timeout: 2_000, headers, ...(signal && { signal }) });
    asked.on("response", (response) => {
      response.resume();
      const digest = response.headers["docker-content-digest"];
      resolve({ status: response.statusCode ?? 0, digest: typeof digest === "string" ? digest : undefined });
    });
    asked.on("timeout", () => asked.destroy());
    asked.on("error", () => resolve(undefined));
    asked.on("close", () => resolve(undefined));
    asked.end();
  });
}
