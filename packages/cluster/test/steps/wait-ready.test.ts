import { setTimeout as sleep } from "node:timers/promises";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import type { Lookup } from "../../src/node/lookup.js";
import { untilAnswered, untilDnsAnswers } from "../../src/steps/wait-ready.js";

const test = suite("cluster wait-ready");
const signal = new AbortController().signal;

/** Nodes whose questions come to what is told of each, after some milliseconds; all later ones are answered at once. */
function asked(...answers: readonly { readonly after: number; readonly lookup: Lookup | Error }[]) {
  const ended: string[] = [];
  let count = 0;
  const lookUp = async (own: AbortSignal): Promise<ReadonlyMap<string, Lookup>> => {
    const { after, lookup } = answers[count++] ?? { after: 0, lookup: "answered" as const };
    const number = count;
    try {
      await sleep(after, undefined, { signal: own });
    } catch (error) {
      ended.push(`${number} is ended`);
      throw error;
    }
    if (lookup instanceof Error) throw lookup;
    return new Map([["multi", lookup]]);
  };
  return { ended, nodes: { lookUp, within: (usual: number) => usual / 10 } };
}

test("a question that is lost does not hold up the next, and is not left behind", async () => {
  const { nodes, ended } = asked({ after: 5000, lookup: "failed" });
  const started = performance.now();
  await untilAnswered(nodes, signal);
  assert.ok(performance.now() - started < 2000);
  assert.equal(ended, ["1 is ended"]);
});

test("a host that is slow to answer is not asked ever more at the same time", async () => {
  let [now, most] = [0, 0];
  const lookUp = async (own: AbortSignal): Promise<never> => {
    most = Math.max(most, ++now);
    return sleep(60_000, undefined, { signal: own }).finally(() => now--) as never;
  };
  const late = String(await untilAnswered({ lookUp, within: (usual) => usual / 10 }, signal).catch(String));
  assert.match(late, "no node has answered yet");
  assert.equal([now, most], [0, 4]);
});

test("an answer that comes late counts", async () => {
  const slow = { after: 400, lookup: "answered" } as const;
  const { nodes } = asked(slow, ...Array.from({ length: 50 }, () => ({ after: 5000, lookup: "failed" }) as const));
  await untilAnswered(nodes, signal);
});

test("a node that gets no answer is named when the time is up, and a failure at once", async () => {
  const never = asked(...Array.from({ length: 100 }, () => ({ after: 0, lookup: "failed" }) as const));
  const late = String(await untilAnswered(never.nodes, signal).catch(String));
  assert.match(late, /CoreDNS: is Ready, but pods of multi get no answer, expected kubernetes\.default/);
  const broken = asked({ after: 0, lookup: new Error("multi: is gone") });
  assert.match(String(await untilAnswered(broken.nodes, signal).catch(String)), "multi: is gone");
});

/** The API with one pod of CoreDNS, which became Ready at each of these times, one after the other; it keeps the last. */
function dnsReadySince(...times: readonly string[]) {
  let count = 0;
  const list = async (): Promise<never> => {
    const lastTransitionTime = times[Math.min(count++, times.length - 1)];
    const conditions = [{ type: "Ready", status: "True", lastTransitionTime }];
    return [{ metadata: { name: "coredns-1" }, status: { conditions } }] as never;
  };
  const none = async (): Promise<never> => assert.unreachable() as never;
  return { list, find: none, patch: none };
}

test("a CoreDNS that was Ready by what its machine had reported before it died is waited for once more", async () => {
  const context = { signal, progress: () => {} };
  const silent = () => {
    const until = performance.now() + 600;
    const lookUp = async (): Promise<ReadonlyMap<string, Lookup>> =>
      new Map([["multi", performance.now() < until ? "failed" : "answered"]]);
    return { lookUp, within: (usual: number) => usual / 100 };
  };
  await untilDnsAnswers(silent(), dnsReadySince("10:00", "10:01"), context);
  const same = String(await untilDnsAnswers(silent(), dnsReadySince("10:00"), context).catch(String));
  assert.match(same, "pods of multi get no answer");
});

test.run();
