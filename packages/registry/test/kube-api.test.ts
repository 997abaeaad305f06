import { ApiRefused } from "@k3s-lab/kube";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { openKubeApi } from "../src/kube-api.js";
import { renderRegistry } from "../src/manifest.js";

const test = suite("registry kube-api");
const { signal } = new AbortController();
const [deployment] = renderRegistry({ image: "registry:3", port: 5000, node: "multi" });
const path = "/apis/apps/v1/namespaces/kube-system/deployments/kube-registry";

/** An API that answers with what it is told, and notes what it was asked. */
function given(answer: () => unknown) {
  const asked: string[] = [];
  const ask = async (line: string) => {
    asked.push(line);
    return answer() as never;
  };
  return {
    asked,
    api: openKubeApi(() => ({
      get: (of) => ask(`get ${of}`),
      find: (of) => ask(`find ${of}`),
      apply: (of, object, { manager }) => ask(`apply ${of} ${JSON.stringify(object).length} ${manager}`),
    })),
  };
}

test("nothing is asked before there is a cluster, and it is looked for once", async () => {
  let looked = 0;
  const api = openKubeApi(() => {
    looked++;
    return looked === 1
      ? undefined
      : { get: async () => ({}) as never, find: async () => undefined, apply: async (_, a) => a };
  });
  const error = await api.get(deployment, signal).catch((reason: unknown) => reason);
  assert.match(String(error), "cluster: has no kubeconfig");
  assert.is(await api.get(deployment, signal), undefined);
  await api.apply(deployment, signal);
  assert.is(looked, 2);
});

test("objects are found and applied where the API has them, and pods by their labels", async () => {
  const { api, asked } = given(() => ({ items: [deployment] }));
  await api.get(deployment, signal);
  await api.apply(deployment, signal);
  assert.equal(await api.pods("kube-system", "app=kube-registry", signal), [deployment]);
  assert.equal(asked, [
    `find ${path}`,
    `apply ${path} ${JSON.stringify(deployment).length} k3s-lab`,
    "get /api/v1/namespaces/kube-system/pods?labelSelector=app%3Dkube-registry",
  ]);
});

test("what the API says against an object is said of that object", async () => {
  const { api } = given(() => {
    throw new ApiRefused("https://10.76.0.10:6443", path, 422, "spec.replicas: Invalid value: -1");
  });
  const refused = await api.apply(deployment, signal).catch((reason: unknown) => reason);
  const words =
    "Deployment kube-system/kube-registry: was refused by the cluster's API: spec.replicas: Invalid value: -1";
  assert.match(String(refused), words);
});

test.run();
