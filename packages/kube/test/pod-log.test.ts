import { suite } from "uvu";
import * as assert from "uvu/assert";
import type { Pod } from "../src/pod.js";
import { containersOf, didYouMeanPod, findPods, podName, readPodLog } from "../src/pod-log.js";

const test = suite("kube: pod-log");
const { signal } = new AbortController();

const pod = (namespace: string, name: string, ...containers: readonly string[]): Pod => ({
  metadata: { namespace, name },
  spec: { containers: containers.map((each) => ({ name: each })) },
});
const pods = [
  pod("kube-system", "coredns-7d6f9c8b5-x2x7k", "coredns"),
  pod("kube-system", "kube-registry-0", "registry", "proxy"),
  pod("default", "web-6b7f4d5c9-abcde", "web"),
  pod("default", "web-6b7f4d5c9-fghij", "web"),
  pod("default", "web", "web"),
];

for (const [name, found] of [
  ["coredns-7d6f9c8b5-x2x7k", ["kube-system/coredns-7d6f9c8b5-x2x7k"]],
  ["coredns", ["kube-system/coredns-7d6f9c8b5-x2x7k"]],
  ["system/core", ["kube-system/coredns-7d6f9c8b5-x2x7k"]],
  ["web", ["default/web"]],
  ["web-", ["default/web-6b7f4d5c9-abcde", "default/web-6b7f4d5c9-fghij"]],
  ["default/web", ["default/web"]],
  ["cordns", []],
] as const) {
  test(`${name} is ${found.join(" or ") || "no pod"}`, () => {
    assert.equal(findPods(pods, name).map(podName), found);
  });
}

test("a pod is meant by what its Deployment calls it, with a namespace or without", () => {
  assert.is(didYouMeanPod("cordns", ["agent1"], pods), " (did you mean coredns?)");
  assert.is(didYouMeanPod("kube-system/cordns", [], pods), " (did you mean coredns?)");
  assert.is(didYouMeanPod("agnt1", ["agent1"], pods), " (did you mean agent1?)");
  assert.is(didYouMeanPod("nothing-like-it", ["agent1"], pods), "");
  assert.equal(containersOf(pods[1] ?? pod("", "")), ["registry", "proxy"]);
});

test("the time is taken off each line, and the API is asked for no more than was asked for", async () => {
  const asked: string[] = [];
  const api = {
    async *lines(path: string) {
      asked.push(path);
      yield "2026-11-30T16:53:59.123456789Z hello world";
      yield "2026-11-30T16:54:00Z ";
      yield "no time";
    },
  };
  const read = async (options: { readonly since?: number; readonly follow: boolean }) => {
    const lines = [];
    const all = readPodLog(api, pods[1] ?? pod("", ""), { container: "registry", ...options }, signal);
    for await (const line of all) lines.push(line);
    return lines;
  };
  assert.equal(await read({ follow: false }), [
    { at: Date.parse("2026-11-30T16:53:59.123Z"), text: "hello world" },
    { at: Date.parse("2026-11-30T16:54:00Z"), text: "" },
    { text: "no time" },
  ]);
  await read({ since: 0.2, follow: true });
  const path = "/api/v1/namespaces/kube-system/pods/kube-registry-0/log?container=registry&timestamps=true";
  assert.equal(asked, [path, `${path}&sinceSeconds=1&follow=true`]);
});

test.run();
