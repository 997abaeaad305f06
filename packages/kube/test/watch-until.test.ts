import { setTimeout as sleep } from "node:timers/promises";
import type { Change } from "../src/api.js";
import { TimedOut } from "@k3s-lab/steps";
import { type Listed, type Watching, watchUntil } from "../src/watch-until.js";
import { suite } from "uvu";
import * as assert from "uvu/assert";

const test = suite("kube: watch-until");
const { signal } = new AbortController();
/** "a", or "namespace/a". */
const named = (path: string): Listed => {
  const [name = "", namespace] = path.split("/").toReversed();
  return { metadata: { name, ...(namespace === undefined ? {} : { namespace }) } };
};

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

const namesOf = (items: readonly Listed[]) => items.map(({ metadata }) => metadata.name);
/** Watches until a and b exist. */
function untilBoth(api: Watching<Listed, unknown>["api"], within: number, until = signal) {
  return watchUntil<Listed, readonly string[]>({
    api,
    path: "/x",
    within,
    signal: until,
    look: (items) => {
      const names = namesOf(items);
      return ["a", "b"].every((name) => names.includes(name)) ? { value: names } : { reason: `has ${names.join()}` };
    },
  });
}

test("a list that is as wanted is not watched", async () => {
  const api = fakeApi([["a", "b"]], []);
  assert.equal(await untilBoth(api, 1000), ["a", "b"]);
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
  assert.equal(await untilBoth(api, 1000), ["c", "b", "a"]);
  assert.equal(api.asked, ["list /x", "watch /x from 7"]);
});

test("objects of two namespaces may have one name", async () => {
  assert.equal(await untilBoth(fakeApi([["x/a", "y/a", "y/b"]], []), 1000), ["a", "a", "b"]);
  const left = fakeApi(
    [["x/a", "y/a"]],
    [
      ["DELETED", "x/a"],
      ["ADDED", "x/b"],
    ],
  );
  assert.equal(await untilBoth(left, 1000), ["a", "b"]);
});

test("a watch that ends and a server that is away are asked again", async () => {
  const api = fakeApi([["a"], new Error("ECONNREFUSED"), ["a", "b"]], []);
  assert.equal(await untilBoth(api, 5000), ["a", "b"]);
});

test("what does not come in time is an error with the last reason", async () => {
  const error = await untilBoth(fakeApi([["a"]], []), 20).catch((reason: unknown) => reason);
  assert.instance(error, TimedOut);
  assert.is((error as TimedOut).reason, "has a");
  const silent = await untilBoth(fakeApi([new Error("ECONNREFUSED")], []), 20).catch((reason: unknown) => reason);
  assert.is((silent as TimedOut).reason, "the API does not answer");
});

test("an interruption ends it at once", async () => {
  const interruption = new AbortController();
  const watching = untilBoth(fakeApi([["a"]], []), 60_000, interruption.signal);
  interruption.abort();
  const error = await watching.catch((reason: Error) => reason);
  assert.is((error as Error).name, "AbortError");
});

test.run();
