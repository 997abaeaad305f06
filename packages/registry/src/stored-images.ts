import { Problem } from "@k3s-lab/problem";
import type { Access } from "./access.js";
import { manifestTypes, send, serves, tagAt } from "./registry-api.js";

/** Milliseconds. */
const readTimeout = 10_000;

/** An image as the registry has it under one tag. */
export interface StoredImage {
  /** Without the registry: "hello:1". */
  readonly name: string;
  readonly digest: string;
  /** What its layers take, over all its platforms; one that another image has, too, is stored once. */
  readonly bytes: number;
}

/** Lists what a registry holds, by its tags; undefined where none answers. Rejects where one answers otherwise than it should. */
export async function storedImages(
  access: Access,
  signal?: AbortSignal,
  pageSize = 500,
): Promise<readonly StoredImage[] | undefined> {
  if (!(await serves(access, signal))) return undefined;
  const names: string[] = [];
  for await (const { repositories } of pagesOf<{ readonly repositories: readonly string[] }>(
    access,
    `/v2/_catalog?n=${pageSize}`,
    signal,
  )) {
    names.push(...repositories);
  }
  const images = names.map(async (repository) => {
    const found: StoredImage[] = [];
    for await (const { tags } of pagesOf<{ readonly tags: readonly string[] | null }>(
      access,
      `/v2/${repository}/tags/list?n=${pageSize}`,
      signal,
    )) {
      for (const tag of tags ?? []) found.push(...(await storedImage(access, repository, tag, signal)));
    }
    return found;
  });
  return (await Promise.all(images)).flat();
}

async function storedImage(
  access: Access,
  repository: string,
  tag: string,
  signal: AbortSignal | undefined,
): Promise<readonly StoredImage[]> {
  const digest = (await tagAt(access, repository, tag, signal))?.digest;
  // It was deleted meanwhile.
  if (digest === undefined) return [];
  const bytes = await bytesOf(access, repository, digest, signal);
  return [{ name: `${repository}:${tag}`, digest, bytes }];
}

/** What an image consists of in the registry: the sizes of its blobs by their digests. */
export type Blobs = ReadonlyMap<string, number>;

/** Asks a registry for the blobs of an image, over all its platforms; none where it has no such image, or does not answer. */
export async function blobsAt(
  access: Access,
  repository: string,
  reference: string,
  signal?: AbortSignal,
): Promise<Blobs> {
  try {
    const answer = await getJson<Manifest>(access, `/v2/${repository}/manifests/${reference}`, signal);
    const { config, layers = [], manifests = [] } = answer?.value ?? {};
    const parts = await Promise.all(manifests.map(({ digest }) => blobsAt(access, repository, digest, signal)));
    const own = [...(config ? [config] : []), ...layers].map(({ digest, size }) => [digest, size] as const);
    return new Map([...own, ...parts.flatMap((each) => [...each])]);
  } catch {
    signal?.throwIfAborted();
    return new Map();
  }
}

/** Returns how many bytes an image had that the one in its place has not. */
export function bytesLost(before: Blobs, after: Blobs): number {
  return [...before].reduce((sum, [digest, size]) => (after.has(digest) ? sum : sum + size), 0);
}

interface Blob {
  readonly digest: string;
  readonly size: number;
}

interface Manifest {
  readonly config?: Blob;
  readonly layers?: readonly Blob[];
  readonly manifests?: readonly { readonly digest: string }[];
}

async function bytesOf(
  access: Access,
  repository: string,
  digest: string,
  signal: AbortSignal | undefined,
): Promise<number> {
  const answer = await getJson<Manifest>(access, `/v2/${repository}/manifests/${digest}`, signal);
  // Of an image that was pushed for one platform, the registry lacks what its index names of others.
  const { config, layers = [], manifests = [] } = answer?.value ?? {};
  const parts = await Promise.all(manifests.map((each) => bytesOf(access, repository, each.digest, signal)));
  const sizes = [config?.size ?? 0, ...layers.map(({ size }) => size), ...parts];
  return sizes.reduce((sum, size) => sum + size, 0);
}

/** Yields the pages of a list: each names the next in a header. */
async function* pagesOf<Page>(access: Access, path: string, signal: AbortSignal | undefined): AsyncGenerator<Page> {
  for (let next: string | undefined = path; next !== undefined;) {
    const answer: { readonly value: Page; readonly link: string } | undefined = await getJson(access, next, signal);
    // A repository all of whose tags were deleted is not found.
    if (answer === undefined) return;
    yield answer.value;
    next = /<([^>]+)>; *rel="next"/.exec(answer.link)?.[1];
  }
}

/** Undefined where the registry has no such thing. */
async function getJson<Value>(
  access: Access,
  path: string,
  signal: AbortSignal | undefined,
): Promise<{ readonly value: Value; readonly link: string } | undefined> {
  const headers = { accept: `${manifestTypes}, application/json` };
  const {
    status,
    headers: head,
    body,
  } = await send("GET", access, path, { timeout: readTimeout, headers, reads: true, signal });
  if (status === 404) return undefined;
  if (status !== 200) {
    const what = `answers ${status} to GET ${path.replace(/\?.*/, "")}, expected 200`;
    throw new Problem("LAB-REG-001", access.endpoint, what);
  }
  return { value: JSON.parse(body) as Value, link: String(head.link ?? "") };
}
