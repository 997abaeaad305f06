import { type IncomingHttpHeaders, type OutgoingHttpHeaders, request } from "node:http";
import { text } from "node:stream/consumers";
import { Problem } from "@k3s-lab/problem";

interface Answer {
  readonly status: number;
  readonly digest: string | undefined;
}

/** Milliseconds. */
const putTimeout = 30_000;

export const manifestTypes = [
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
async function ask(url: string, signal: AbortSignal | undefined): Promise<Answer | undefined> {
  try {
    const { status, headers } = await send("HEAD", url, { timeout: 2_000, headers: { accept: manifestTypes }, signal });
    const digest = headers["docker-content-digest"];
    return { status, digest: typeof digest === "string" ? digest : undefined };
  } catch {
    return undefined;
  }
}

export interface Repository {
  readonly name: string;
  readonly tags: readonly string[];
}

/** How many repositories are asked for their tags at the same time, and how many names a page of them has. */
const atOnce = 16;
const page = 1000;

/** Returns what a registry holds, by name; undefined where it does not answer. */
export async function repositoriesAt(
  endpoint: string,
  signal?: AbortSignal,
): Promise<readonly Repository[] | undefined> {
  const found: string[] = [];
  for (let last = ""; ;) {
    const from = last === "" ? "" : `&last=${encodeURIComponent(last)}`;
    const answer = await getJson<{ repositories?: readonly string[] | null }>(
      `${endpoint}/v2/_catalog?n=${page}${from}`,
      signal,
    );
    if (answer === undefined) return undefined;
    const names = answer.repositories ?? [];
    found.push(...names);
    last = names.at(-1) ?? "";
    if (names.length < page) break;
  }
  const repositories: Repository[] = [];
  for (let start = 0; start < found.length; start += atOnce) {
    const some = found.slice(start, start + atOnce).map(async (name) => {
      const answer = await getJson<{ tags?: readonly string[] | null }>(`${endpoint}/v2/${name}/tags/list`, signal);
      return { name, tags: (answer?.tags ?? []).toSorted() };
    });
    repositories.push(...(await Promise.all(some)));
  }
  return repositories.toSorted((one, other) => one.name.localeCompare(other.name));
}

/** Asks for JSON; undefined where no answer comes in time, or one that is none. */
async function getJson<Value>(url: string, signal: AbortSignal | undefined): Promise<Value | undefined> {
  try {
    const { status, body } = await send("GET", url, { timeout: 2_000, headers: {}, reads: true, signal });
    return status === 200 ? (JSON.parse(body) as Value) : undefined;
  } catch {
    return undefined;
  }
}

/** An image's parts, small enough to be held in memory. */
export interface SmallImage {
  readonly manifest: { readonly digest: string; readonly mediaType: string };
  /** By digest, the manifest among them. */
  readonly blobs: ReadonlyMap<string, Uint8Array>;
}

/** Where an image goes. */
interface Destination {
  /** "http://10.76.0.10:5000" */
  readonly endpoint: string;
  readonly repository: string;
  readonly tag: string;
  readonly signal?: AbortSignal | undefined;
}

/** Puts a small image into a registry, by a request for each part that it lacks. Throws where it refuses one. */
export async function putImage({ manifest, blobs }: SmallImage, destination: Destination): Promise<void> {
  const { endpoint, repository, tag, signal } = destination;
  const at = `${endpoint}/v2/${repository}`;
  const sendPart = async (
    method: string,
    url: string,
    expected: readonly number[],
    content?: Uint8Array,
    type?: string,
  ) => {
    const headers = type === undefined ? {} : { "content-type": type };
    const answer = await send(method, url, { timeout: putTimeout, headers, content, signal });
    if (expected.includes(answer.status)) return answer;
    const what = `answers ${answer.status} to ${method} ${new URL(url).pathname}, expected ${expected.join(" or ")}`;
    throw new Problem("LAB-REG-001", endpoint, what);
  };
  for (const [digest, content] of blobs) {
    if (digest === manifest.digest) continue;
    if ((await sendPart("HEAD", `${at}/blobs/${digest}`, [200, 404])).status === 200) continue;
    const { headers } = await sendPart("POST", `${at}/blobs/uploads/`, [202]);
    const place = new URL(headers.location ?? "", `${at}/blobs/uploads/`);
    // A registry names itself as it was called, or as it is known elsewhere: what it says of the path alone counts.
    const upload = new URL(place.pathname + place.search, endpoint);
    upload.searchParams.set("digest", digest);
    await sendPart("PUT", upload.href, [201], content, "application/octet-stream");
  }
  await sendPart("PUT", `${at}/manifests/${tag}`, [201], blobs.get(manifest.digest), manifest.mediaType);
}

interface Sent {
  /** Milliseconds. */
  readonly timeout: number;
  readonly headers: OutgoingHttpHeaders;
  readonly content?: Uint8Array | undefined;
  /** Whether the body of the answer is read. */
  readonly reads?: boolean;
  readonly signal?: AbortSignal | undefined;
}

interface Received {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  /** Empty unless it is read. */
  readonly body: string;
}

/** Sends one request, never to a proxy, and resolves with the answer: with its head alone, unless its body is read. */
export function send(
  method: string,
  url: string,
  { timeout, headers, content, reads = false, signal }: Sent,
): Promise<Received> {
  return new Promise((resolve, reject) => {
    const asked = request(url, { method, agent: false, timeout, headers, ...(signal && { signal }) });
    asked.on("response", (response) => {
      const head = { status: response.statusCode ?? 0, headers: response.headers };
      if (reads) text(response).then((body) => resolve({ ...head, body }), reject);
      else {
        response.resume();
        resolve({ ...head, body: "" });
      }
    });
    asked.on("timeout", () => asked.destroy(new Error(`no answer within ${timeout / 1000} s`)));
    asked.on("error", reject);
    asked.end(content);
  });
}
