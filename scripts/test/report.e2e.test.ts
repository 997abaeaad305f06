// The report of a lab that runs, and of one whose machine stands still.
import { join } from "node:path";
import { labDigest } from "@k3s-lab/lab";
import { rootOnly } from "@k3s-lab/testbed";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { type DrivenLab, eventually } from "./drive-lab.js";
import { shareLab } from "./share-lab.js";
import { plantSecret, readReport } from "./read-report.js";

const test = suite("the report of a lab");
const realTest = rootOnly("the report of a lab", test);

let lab: DrivenLab;

shareLab(test, {
  yaml: "nodes:\n  - { name: multi, role: server }\n",
  ready: (shared) => ({ lab } = shared),
});

realTest("of a lab that runs it has the logs of K3s and containerd, pods, events, the host's side", async () => {
  await lab.npmOk("lab:up");
  await plantSecret(lab, "multi");
  const { holds } = await readReport(lab);
  holds("nodes/multi/k3s.txt", /k3s(\[\d+\])?: /);
  holds("nodes/multi/containerd.txt", /^time=|level=info msg=/m);
  holds("nodes/multi/containerd.txt", /password=\[secret-\d+\]/);
  holds("nodes/multi/network.txt", /^default via /m);
  holds("nodes/multi/system.txt", "$ crictl ps -a\nCONTAINER");
  holds("nodes/multi/settings.txt", "$ cat /etc/rancher/k3s/config.yaml");
  holds("cluster/nodes.txt", /^multi +Ready/m);
  holds("cluster/pods.txt", /^kube-system +coredns-/m);
  holds("cluster/events.txt", /^kube-system +\d+/m);
  holds("status.txt", /^Lab k3s-lab: up$/m);
  holds("plan.txt", "Nothing to do");
  holds("host/firewall.txt", `k3s_lab_${labDigest(join(lab.dir, ".lab"))}_`);
  holds("host/network.txt", /^default via /m);
  holds("lab/cluster.json", '"version"');
});

realTest("of a machine that stands still it has the log on its disk, and says what is missing", async () => {
  await lab.npm("lab:exec", ["multi", "poweroff"]);
  await eventually("the machine stands still", async () =>
    (await lab.npm("lab:status", [])).stdout.includes("Lab k3s-lab: stopped"),
  );
  const { holds, printed } = await readReport(lab);
  holds("nodes/multi/containerd.txt", /^time=|level=info msg=/m);
  holds("nodes/multi/settings.txt", /^\S+: /m);
  holds("status.txt", "stopped");
  assert.match(printed, /^ {2}nodes\/multi\/ \(\d\) +multi is stopped, expected to be running$/m);
});

test.run();
