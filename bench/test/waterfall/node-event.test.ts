import { suite } from "uvu";
import * as assert from "uvu/assert";
import { eventsInJournal, eventsInObjects, mergeEvents } from "../../src/waterfall/node-event.js";

const test = suite("bench node events");
const started = Date.parse("2026-11-29T03:13:00Z");
const seconds = started / 1000;
const journal = `${seconds + 1}.250000 multi systemd[1]: Starting k3s.service - Lightweight Kubernetes...
${seconds + 2}.500000 multi k3s[303]: kube-apiserver: I1129 secure_serving.go:211] Serving securely on [::]:6443
${seconds + 3}.000000 multi k3s[303]: kube-controller-manager: I1129 secure_serving.go:211] Serving securely on 127.0.0.1:10257
${seconds + 4}.125000 multi k3s[303]: kubelet: I1129 kubelet_node_status.go:78] "Successfully registered node" node="multi"
${seconds + 9}.000000 multi k3s[303]: kubelet: I1129 kubelet_node_status.go:78] "Successfully registered node" node="multi"
`;
const nodes = [
  {
    metadata: { name: "multi", creationTimestamp: "2026-11-29T03:13:04Z" },
    status: {
      conditions: [
        { type: "DiskPressure", status: "False", lastTransitionTime: "2026-11-29T03:13:04Z" },
        { type: "Ready", status: "True", lastTransitionTime: "2026-11-29T03:13:07Z" },
      ],
    },
  },
];
const pod = (name: string) => ({
  metadata: { name },
  spec: { nodeName: "multi" },
  status: { containerStatuses: [{ state: { running: { startedAt: "2026-11-29T03:13:08Z" } } }] },
});

test("the journal tells the first time of each event, as milliseconds since the start", () => {
  assert.equal(eventsInJournal("multi", journal, started), [
    { node: "multi", what: "unit starts", at: 1250 },
    { node: "multi", what: "API answers", at: 2500 },
    { node: "multi", what: "joined", at: 4125 },
  ]);
});

test("what only the API tells of is added, and marked as rough", () => {
  const objects = eventsInObjects(nodes, [pod("coredns-1"), pod("kube-registry-1")], started);
  const merged = mergeEvents(eventsInJournal("multi", journal, started), objects);
  assert.equal(
    merged.map(({ what, at, isRough = false }) => [what, at, isRough]),
    [
      ["unit starts", 1250, false],
      ["API answers", 2500, false],
      ["joined", 4125, false],
      ["Ready", 7000, true],
      ["registry pod running", 8000, true],
    ],
  );
});

test("a node that is not Ready, and a pod that does not run, have no such event", () => {
  const [node] = nodes;
  const unready = { ...node, status: { conditions: [{ type: "Ready", status: "False", lastTransitionTime: "" }] } };
  const pending = { metadata: { name: "kube-registry-1" }, spec: {}, status: {} };
  const events = eventsInObjects([unready as (typeof nodes)[number]], [pending], started);
  assert.equal(
    events.map(({ what }) => what),
    ["joined"],
  );
});

test.run();
