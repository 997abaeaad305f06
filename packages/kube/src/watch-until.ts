import { setTimeout as sleep } from "node:timers/promises";
import type { Api } from "./api.js";

export interface Listed {
  readonly metadata: { readonly name: string; readonly resourceVersion?: string };
}

interface List<Item> {
  readonly metadata: { readonly resourceVersion: string };
  readonly items: readonly Item[];
}

export interface WatchOptions<Item> {
  /** Milliseconds. */
  readonly timeout: number;
  readonly signal: AbortSignal;
  /** Called with what is there, at first and after every change. */
  onChange?(items: readonly Item[]): void;
}

/** While a server starts anew, it refuses connections: nothing says when it will take one again. */
const pause = 200;

/**
 * Watches a list of the API until it is as wanted. Resolves with whether it has become so within the time, and with
 * what was there last.
 */
export async function watchUntil<Item extends Listed>(
  api: Pick<Api, "get" | "watch">,
  path: string,
  isWanted: (items: readonly Item[]) => boolean,
  { timeout, signal, onChange }: WatchOptions<Item>,
): Promise<{ readonly done: boolean; readonly items: readonly Item[] }> {
  const late = AbortSignal.timeout(timeout);
  const either = AbortSignal.any([signal, late]);
  let seen = new Map<string, Item>();
  const look = () => {
    const items = [...seen.values()];
    onChange?.(items);
    return isWanted(items);
  };
  for (;;) {
    try {
      const list = await api.get<List<Item>>(path, either);
      seen = new Map(list.items.map((item) => [item.metadata.name, item]));
      if (look()) return { done: true, items: [...seen.values()] };
      for await (const { type, object } of api.watch<Item>(path, list.metadata.resourceVersion, either)) {
        if (type === "BOOKMARK") continue;
        if (type === "ERROR") break;
        if (type === "DELETED") seen.delete(object.metadata.name);
        else seen.set(object.metadata.name, object);
        if (look()) return { done: true, items: [...seen.values()] };
      }
    } catch {
      signal.throwIfAborted();
    }
    if (late.aborted) return { done: false, items: [...seen.values()] };
    await sleep(pause, undefined, { signal });
  }
}
