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

/** Whether a registry serves there. */
export async function serves(endpoint: string, signal?: AbortSignal): Promise<boolean> {
  return (await ask(`${endpoint}/v2/`, signal))?.status === 200;
}

/** The digest that a tag stands for, or undefined where there is no such tag, or no registry. */
export async function digestOf(
  endpoint: string,
  repository: string,
  tag: string,
  signal?: AbortSignal,
): Promise<string | undefined> {
  const answer = await ask(`${endpoint}/v2/${repository}/manifests/${tag}`, signal);
  return answer?.status === 200 ? answer.digest : undefined;
}

/** One HEAD request, past every proxy: the registry is on the lab's own LAN. Nothing where nobody answers in time. */
function ask(url: string, signal?: AbortSignal): Promise<Answer | undefined> {
  return new Promise((resolve) => {
    const asked = request(url, {
      method: "HEAD",
      agent: false,
      timeout: 2_000,
      headers: { accept: manifestTypes },
      ...(signal === undefined ? {} : { signal }),
    });
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
