import type { KubeNode } from "@k3s-lab/kube";
import { labelsChange, settingsOf, taintsChange } from "../src/node-settings.js";
import { suite } from "uvu";
import * as assert from "uvu/assert";

const test = suite("cluster node-settings");

const recordsLabels = (names: string) => ({ "k3s-lab.local/labels": names });
const recordsTaints = (names: string) => ({ "k3s-lab.local/taints": names });

function node(
  metadata: Omit<KubeNode["metadata"], "name">,
  taints?: NonNullable<KubeNode["spec"]>["taints"],
): KubeNode {
  return { metadata: { name: "agent1", resourceVersion: "7", ...metadata }, ...(taints && { spec: { taints } }) };
}

const labels = (wanted: Readonly<Record<string, string>>) => settingsOf({ labels: wanted });
const taints = (...wanted: string[]) => settingsOf({ taints: wanted });

test("where lab.yaml asks for nothing, and never has, everything stays", () => {
  const other = { labels: { tier: "mine" }, annotations: { "example.com/a": "b" } };
  assert.is(labelsChange(settingsOf({}), node(other)), undefined);
  assert.is(taintsChange(settingsOf({}), node(other, [{ key: "a", effect: "NoSchedule" }])), undefined);
  assert.is(labelsChange(settingsOf({}), undefined), undefined);
});

test("a label is set, and recorded as the lab's", () => {
  const change = labelsChange(labels({ tier: "db", gpu: "" }), node({ labels: { tier: "web", other: "x" } }));
  assert.is(change?.words, "label tier=db, gpu=");
  assert.equal(change?.patch, {
    metadata: {
      labels: { tier: "db", gpu: "" },
      annotations: recordsLabels("gpu,tier"),
      resourceVersion: "7",
    },
  });
});

test("a label that lab.yaml names no longer is removed, and one that it never set stays", () => {
  const seen = node({ labels: { tier: "db", disk: "ssd", other: "x" }, annotations: recordsLabels("disk,tier") });
  const change = labelsChange(labels({ disk: "ssd" }), seen);
  assert.is(change?.words, "remove label tier");
  assert.equal(change?.patch, {
    metadata: { labels: { tier: null }, annotations: recordsLabels("disk"), resourceVersion: "7" },
  });
  const last = labelsChange(settingsOf({}), seen);
  assert.equal(last?.patch, {
    metadata: {
      labels: { tier: null, disk: null },
      annotations: { "k3s-lab.local/labels": null },
      resourceVersion: "7",
    },
  });
});

test("the plan says the same of a node that is still to join as of one that just has", () => {
  const wanted = { labels: { tier: "db" }, taints: ["gpu=true:NoExecute"] };
  for (const changeFor of [labelsChange, taintsChange]) {
    const [foreseen, seen] = [undefined, node({ labels: { "k3s-lab": "a1b2c3" } })].map((each) =>
      changeFor(settingsOf(wanted), each),
    );
    assert.type(foreseen?.words, "string");
    assert.is(foreseen?.words, seen?.words);
  }
});

test("once it is done there is nothing to do, in whatever order lab.yaml names it", () => {
  const seen = node(
    {
      labels: { a: "1", b: "2" },
      annotations: { ...recordsLabels("a,b"), ...recordsTaints("x:NoExecute,y:NoSchedule") },
    },
    [
      { key: "node.kubernetes.io/not-ready", effect: "NoSchedule" },
      { key: "y", effect: "NoSchedule" },
      { key: "x", value: "1", effect: "NoExecute" },
    ],
  );
  assert.is(labelsChange(labels({ b: "2", a: "1" }), seen), undefined);
  assert.is(taintsChange(taints("y:NoSchedule", "x=1:NoExecute"), seen), undefined);
});

test("what another has set as lab.yaml asks is lab.yaml's from now on", () => {
  const change = labelsChange(labels({ tier: "db" }), node({ labels: { tier: "db" } }));
  assert.is(change?.words, "note that lab.yaml has label tier");
  assert.equal(change?.patch, {
    metadata: { labels: {}, annotations: recordsLabels("tier"), resourceVersion: "7" },
  });
});

test("a name that is recorded for a label which another has removed is forgotten", () => {
  const change = labelsChange(settingsOf({}), node({ annotations: recordsLabels("tier") }));
  assert.is(change?.words, "note which labels lab.yaml has");
});

test("taints of others are kept where the list is written", () => {
  const [pressure, old] = [
    { key: "node.kubernetes.io/memory-pressure", effect: "NoSchedule" },
    { key: "old", effect: "NoSchedule" },
  ];
  const seen = node({ annotations: recordsTaints("old:NoSchedule") }, [pressure, old]);
  const change = taintsChange(taints("gpu=true:NoSchedule"), seen);
  assert.is(change?.words, "taint gpu=true:NoSchedule; remove taint old:NoSchedule");
  assert.equal(change?.patch, {
    metadata: { annotations: recordsTaints("gpu:NoSchedule"), resourceVersion: "7" },
    spec: { taints: [pressure, { key: "gpu", value: "true", effect: "NoSchedule" }] },
  });
});

test("another value takes the place of a taint, and another effect is another taint", () => {
  const seen = node({ annotations: recordsTaints("gpu:NoSchedule") }, [
    { key: "gpu", value: "a", effect: "NoSchedule" },
  ]);
  assert.is(taintsChange(taints("gpu=b:NoSchedule"), seen)?.words, "taint gpu=b:NoSchedule");
  const other = taintsChange(taints("gpu=a:NoExecute"), seen);
  assert.is(other?.words, "taint gpu=a:NoExecute; remove taint gpu:NoSchedule");
});

test("only a taint that is new and does not let pods stay drives any away", () => {
  assert.equal(taintsChange(taints("a:NoSchedule", "b=1:NoExecute"), node({}))?.evicts, ["b=1:NoExecute"]);
  const seen = node({ annotations: recordsTaints("b:NoExecute") }, [{ key: "b", effect: "NoExecute" }]);
  assert.equal(taintsChange(settingsOf({}), seen)?.evicts, []);
});

test.run();
