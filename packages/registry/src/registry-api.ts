import { type IncomingHttpHeaders, type OutgoingHttpHeaders, request as requestPlain } from "node:http";
import { createReadStream } from "node:fs";
import { pipeline, type Readable } from "node:stream";
import { text } from "node:stream/consumers";
import { Problem } from "@k3s-lab/problem";
import { type Access, authorizationOf } from "./access.js";

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

/** Tells whether a registry answers there, and lets this host in. */
export async function serves(access: Access, signal?: AbortSignal): Promise<boolean> {
  return (await ask(access, "/v2/", signal))?.status === 200;
}

/** What a registry says of a tag: `digest` is undefined where there is no such tag. */
interface Tag {
  readonly digest: string | undefined;
}

/** Returns what a tag stands for; undefined where no registry answers. */
export async function tagAt(
  access: Access,
  repository: string,
  tag: string,
  signal?: AbortSignal,
): Promise<Tag | undefined> {
  const answer = await ask(access, `/v2/${repository}/manifests/${tag}`, signal);
  return answer && { digest: answer.status === 200 ? answer.digest : undefined };
}

/**
 * Sends one HEAD request, never to a proxy: the registry is on the lab's own LAN. Undefined where no answer comes in
 * time. By node:http, which takes 4 ms to load: undici would cost each `push` and `lab:plan` 100 ms.
 */
async function ask(access: Access, path: string, signal: AbortSignal | undefined): Promise<Answer | undefined> {
  try {
    const sent = { timeout: 2_000, headers: { accept: manifestTypes }, signal };
    const { status, headers } = await send("HEAD", access, path, sent);
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
export async function repositoriesAt(access: Access, signal?: AbortSignal): Promise<readonly Repository[] | undefined> {
  const found: string[] = [];
  for (let last = ""; ;) {
    const from = last === "" ? "" : `&last=${encodeURIComponent(last)}`;
    const answer = await getJson<{ repositories?: readonly string[] | null }>(
      access,
      `/v2/_catalog?n=${page}${from}`,
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
      const answer = await getJson<{ tags?: readonly string[] | null }>(access, `/v2/${name}/tags/list`, signal);
      return { name, tags: (answer?.tags ?? []).toSorted() };
    });
    repositories.push(...(await Promise.all(some)));
  }
  return repositories.toSorted((one, other) => one.name.localeCompare(other.name));
}

/** Asks for JSON; undefined where no answer comes in time, or one that is none. */
async function getJson<Value>(
  access: Access,
  path: string,
  signal: AbortSignal | undefined,
): Promise<Value | undefined> {
  try {
    const { status, body } = await send("GET", access, path, { timeout: 2_000, headers: {}, reads: true, signal });
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

/** A part of an image: in memory, or in a file. */
export type Content = Uint8Array | ContentFile;

interface ContentFile {
  readonly path: string;
  /** Bytes. */
  readonly size: number;
  /** Hears how many bytes were sent so far. */
  readonly sent?: (bytes: number) => void;
}

/** Where an image goes. */
export interface Destination {
  readonly access: Access;
  readonly repository: string;
  readonly tag: string;
  readonly signal?: AbortSignal | undefined;
}

/** Puts a small image into a registry, by a request for each part that it lacks. Throws where it refuses one. */
export async function putImage({ manifest, blobs }: SmallImage, destination: Destination): Promise<void> {
  for (const [digest, content] of blobs) {
    if (digest !== manifest.digest) await putBlob(digest, content, destination);
  }
  await putManifest(blobs.get(manifest.digest) ?? new Uint8Array(), manifest.mediaType, destination);
}

/** Puts a part of an image into a repository that lacks it, and says so before. Resolves with whether it did. */
export async function putBlob(
  digest: string,
  content: Content,
  destination: Omit<Destination, "tag">,
  begins: () => void = () => {},
): Promise<boolean> {
  const { access, repository } = destination;
  const at = `/v2/${repository}/blobs`;
  if ((await sendPart("HEAD", `${at}/${digest}`, [200, 404], destination)).status === 200) return false;
  begins();
  const { headers } = await sendPart("POST", `${at}/uploads/`, [202], destination);
  // A registry names itself as it was called, or as it is known elsewhere: what it says of the path alone counts.
  const upload = new URL(headers.location ?? "", `${access.endpoint}${at}/uploads/`);
  upload.searchParams.set("digest", digest);
  const type = "application/octet-stream";
  await sendPart("PUT", upload.pathname + upload.search, [201], destination, { content, type });
  return true;
}

/** Puts a manifest, or an index of some, whose parts the repository has. `tag`: or its digest. */
export async function putManifest(content: Content, type: string, destination: Destination): Promise<void> {
  const path = `/v2/${destination.repository}/manifests/${destination.tag}`;
  await sendPart("PUT", path, [201], destination, { content, type });
}

async function sendPart(
  method: string,
  path: string,
  expected: readonly number[],
  { access, signal }: Pick<Destination, "access" | "signal">,
  { content, type }: { readonly content?: Content; readonly type?: string } = {},
): Promise<Received> {
  const headers = type === undefined ? {} : { "content-type": type };
  const answer = await send(method, access, path, { timeout: putTimeout, headers, content, signal });
  if (expected.includes(answer.status)) return answer;
  const what = `answers ${answer.status} to ${method} ${path.replace(/\?.*/, "")}, expected ${expected.join(" or ")}`;
  throw new Problem("LAB-REG-001", access.endpoint, what);
}

interface Sent {
  /** Milliseconds. */
  readonly timeout: number;
  readonly headers: OutgoingHttpHeaders;
  readonly content?: Content | undefined;
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

/**
 * Sends one request, never to a proxy, and resolves with the answer: with its head alone, unless its body is read. Signs in, and
 * trusts the registry's own authority alone, where there is one.
 */
export async function send(
  method: string,
  access: Access,
  path: string,
  { timeout, headers, content, reads = false, signal }: Sent,
): Promise<Received> {
  const request = access.authority === undefined ? requestPlain : (await import("node:https")).request;
  const authorization = authorizationOf(access);
  const file = content !== undefined && "path" in content ? content : undefined;
  return new Promise((resolve, reject) => {
    const asked = request(access.endpoint + path, {
      method,
      agent: false,
      timeout,
      headers: { ...headers, ...(file && { "content-length": file.size }), ...(authorization && { authorization }) },
      ...(access.authority !== undefined && { ca: access.authority }),
      ...(signal && { signal }),
    });
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
    if (file === undefined) asked.end(content);
    else pipeline(readCounted(file), asked, (error) => error && reject(error));
  });
}

function readCounted({ path, sent }: ContentFile): Readable {
  const stream = createReadStream(path);
  if (sent !== undefined) stream.on("data", () => sent(stream.bytesRead));
  return stream;
}
