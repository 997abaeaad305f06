import { setTimeout as sleep } from "node:timers/promises";
import type { Change } from "../src/api.js";
import { type Listed, watchUntil } from "../src/watch-until.js";
import { suite } from "uvu";
import * as assert from "uvu/assert";

const test = suite("cluster watch-until");
const { signal } = new AbortController();
const named = (name: string): Listed => ({ metadata: { name } });

/** An API whose list is what it is told, and whose watch brings what it is told, then ends or goes on for ever. */
function fakeApi(
  lists: (readonly string[] | Error)[],
  changes: readonly (readonly [Change<Listed>["type"], string])[],
) {
  const asked: string[] = [];
  return {
    asked,
    async get<Value>(path: string): Promise<Value> {
      asked.push(`list ${path}`);
      const next = lists.length > 1 ? lists.shift() : lists[0];
      if (next instanceof Error || next === undefined) throw next;
      return { metadata: { resourceVersion: "7" }, items: next.map(named) } as Value;
    },
    async *watch<Item>(path: string, version: string, until: AbortSignal): AsyncGenerator<Change<Item>> {
      asked.push(`watch ${path} from ${version}`);
      for (const [type, name] of changes) yield { type, object: named(name) as Item };
      if (lists.length > 1) return;
      // As an open connection would, it keeps the process alive.
      await sleep(60_000, undefined, { signal: until });
    },
  };
}

const both = (items: readonly Listed[]) =>
  ["a", "b"].every((name) => items.some((item) => item.metadata.name === name));

test("what is as wanted already is not watched", async () => {
  const api = fakeApi([["a", "b"]], []);
  assert.is((await watchUntil(api, "/x", both, { timeout: 1000, signal })).done, true);
  assert.equal(api.asked, ["list /x"]);
});

test("follows changes from the version of the list", async () => {
  const api = fakeApi(
    [["a", "c"]],
    [
      ["BOOKMARK", "b"],
      ["DELETED", "a"],
      ["ADDED", "b"],
      ["MODIFIED", "a"],
    ],
  );
  const { done, items } = await watchUntil(api, "/x", both, { timeout: 1000, signal });
  assert.is(done, true);
  assert.equal(
    items.map(({ metadata }) => metadata.name),
    ["c", "b", "a"],
  );
  assert.equal(api.asked, ["list /x", "watch /x from 7"]);
});

test("a watch that ends and a server that is away are asked again", async () => {
  const api = fakeApi([["a"], new Error("ECONNREFUSED"), ["a", "b"]], []);
  assert.is((await watchUntil(api, "/x", both, { timeout: 5000, signal })).done, true);
});

test("what is not reached in time is said, with what was there last", async () => {
  const { done, items } = await watchUntil(fakeApi([["a"]], []), "/x", both, { timeout: 20, signal });
  assert.is(done, false);
  assert.equal(
    items.map(({ metadata }) => metadata.name),
    ["a"],
  );
});

test("an interruption ends it at once", async () => {
  const interruption = new AbortController();
  const watching = watchUntil(fakeApi([["a"]], []), "/x", both, { timeout: 60_000, signal: interruption.signal });
  interruption.abort();
  const error = await watching.catch((reason: Error) => reason);
  assert.is((error as Error).name, "AbortError");
});

test.run();
