import { type Look, until, type UntilOptions } from "@k3s-lab/steps";
import type { Api } from "./api.js";

export interface Listed {
  readonly metadata: { readonly name: string; readonly namespace?: string; readonly resourceVersion?: string };
}

interface List<Item> {
  readonly metadata: { readonly resourceVersion: string };
  readonly items: readonly Item[];
}

export interface Watching<Item, Value> extends Pick<UntilOptions<Value>, "within" | "late"> {
  readonly api: Pick<Api, "get" | "watch">;
  /** Of the list, with its selectors. */
  readonly path: string;
  readonly signal: AbortSignal;
  /** Judges the items of the list: at first, and after every change. Must not throw. */
  readonly look: (items: readonly Item[]) => Look<Value>;
  /** Is told why the list is not as wanted, whenever it was looked at. */
  readonly progress?: ((reason: string) => void) | undefined;
}

/** Milliseconds. While a server restarts it refuses connections, and nothing tells when it will take one again. */
const pause = 200;

/**
 * Watches a list of the API until it is as wanted, whatever becomes of the connection meanwhile. Resolves with what
 * `look` found; rejects with what `late` makes of the last reason, by default TimedOut.
 */
export async function watchUntil<Item extends Listed, Value>(watching: Watching<Item, Value>): Promise<Value> {
  const { api, path, within, signal, late, progress } = watching;
  const over = AbortSignal.timeout(within);
  let last = "the API does not answer";
  const judge = (seen: ReadonlyMap<string, Item>) => {
    const found = watching.look([...seen.values()]);
    if ("reason" in found) progress?.((last = found.reason));
    return found;
  };
  const look = async (): Promise<Look<Value>> => {
    try {
      const { metadata, items } = await api.get<List<Item>>(path, signal);
      const seen = new Map(items.map((item) => [keyOf(item), item]));
      const found = judge(seen);
      if ("value" in found || over.aborted) return found;
      for await (const { type, object } of api.watch<Item>(
        path,
        metadata.resourceVersion,
        AbortSignal.any([signal, over]),
      )) {
        if (type === "BOOKMARK") continue;
        if (type === "ERROR") break;
        if (type === "DELETED") seen.delete(keyOf(object));
        else seen.set(keyOf(object), object);
        const changed = judge(seen);
        if ("value" in changed) return changed;
      }
    } catch {
      signal.throwIfAborted();
    }
    return { reason: last };
  };
  return until({ look, every: pause, within, signal, late });
}

/** A list of all namespaces has a name more than once. */
function keyOf({ metadata: { namespace = "", name } }: Listed): string {
  return `${namespace}/${name}`;
}
