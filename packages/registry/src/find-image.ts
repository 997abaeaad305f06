import { withoutSecondName } from "@k3s-lab/images";
import type { ImageStore } from "@k3s-lab/images/stores";
import { Problem } from "@k3s-lab/problem";
import { wrongImage } from "./image-source.js";

export interface Finding {
  /** IMAGE as the user wrote it. */
  readonly written: string;
  readonly signal?: AbortSignal | undefined;
  /** What is already known about why the image is not elsewhere: "there is no such file (/w/hello)". */
  readonly elsewhere?: string | undefined;
  /** What a message says where there are no stores: "Docker was not found on this host". */
  readonly noStores: string;
}

/**
 * Asks every store at once for an image. One that is in several is taken from the first, if it is the same image or the
 * same kind of store; else the user must say which is meant.
 */
export async function findImage(
  name: string,
  stores: readonly ImageStore[],
  { written, signal, elsewhere, noStores }: Finding,
): Promise<ImageStore> {
  const answers = await Promise.all(
    stores.map(async (store) => {
      try {
        return { store, id: await store.find(withoutSecondName(name), signal) };
      } catch (error) {
        if (!(error instanceof Problem)) throw error;
        return { store, error };
      }
    }),
  );
  signal?.throwIfAborted();
  const [first, ...others] = answers.filter(({ id }) => id !== undefined);
  if (first === undefined) {
    const near = await namesLike(
      name,
      answers.flatMap(({ store, error }) => (error === undefined ? store : [])),
      signal,
    );
    throw notFound(name, answers, { written, elsewhere, noStores, near });
  }
  const differing = others.filter(({ store, id }) => id !== first.id && store.transport !== first.store.transport);
  if (differing.length === 0) return first.store;
  const places = [first, ...differing].map(({ store }) => store);
  throw wrongImage(
    written,
    `is in ${places.map(({ title }) => title).join(" and in ")}, expected one of them to be named`,
    `Write ${places.map(({ transport }) => `${transport}:${name}`).join(" or ")}.`,
  );
}

/** The names that stores have of the same image with other tags; what a store cannot tell now is not worth a failure. */
async function namesLike(
  name: string,
  stores: readonly ImageStore[],
  signal: AbortSignal | undefined,
): Promise<readonly string[]> {
  const all = await Promise.all(stores.map(async (store) => store.namesLike?.(name, signal).catch(() => [])));
  signal?.throwIfAborted();
  return [...new Set(all.flatMap((names) => names ?? []))];
}

interface Answer {
  readonly store: ImageStore;
  readonly error?: Problem;
}

function notFound(
  name: string,
  answers: readonly Answer[],
  { written, elsewhere, noStores, near }: Omit<Finding, "signal"> & { readonly near: readonly string[] },
): Problem {
  const failed = answers.flatMap(({ error }) => error ?? []);
  // The only place that the user named: its own message is more exact.
  const [only] = failed;
  if (only !== undefined && answers.length === 1 && elsewhere === undefined) return only;
  const asked = answers.filter(({ error }) => error === undefined).map(({ store }) => store.title);
  const facts = [
    ...(asked.length > 0 ? [`is not in ${asked.join(", nor in ")}`] : []),
    ...(answers.length === 0 ? [noStores] : []),
    ...failed.map(({ subject, what }) => `${subject} ${what}`),
    ...(elsewhere === undefined ? [] : [elsewhere]),
  ];
  const fromRegistry = `write docker://${name} to take it from its registry`;
  const remedies = [
    ...failed.flatMap((problem) => problem.remedy ?? []),
    ...(near.length > 0 ? [`Did you mean ${near.slice(0, 3).join(" or ")}?`] : []),
    ...(asked.length > 0 ? [`Build it first, or ${fromRegistry}.`] : []),
    ...(answers.length === 0 ? [`Set DOCKER_HOST to where Docker answers, or ${fromRegistry}.`] : []),
  ];
  return wrongImage(written, facts.join("; "), remedies.join(" "));
}
