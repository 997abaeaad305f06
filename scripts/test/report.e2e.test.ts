// The report of a lab that runs, and of one whose machine stands still.
import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { run } from "@k3s-lab/exec";
import { labDigest } from "@k3s-lab/lab";
import { emulateHost, isRoot, rootOnly, type World } from "@k3s-lab/testbed";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { driveLab, type DrivenLab, eventually } from "./drive-lab.js";

const test = suite("the report of a lab");
const realTest = rootOnly("the report of a lab", test);

let world: World;
let lab: DrivenLab;
let reports = 0;

test.before(async () => {
  if (!isRoot) return;
  world = await emulateHost();
  lab = await driveLab(world.host, "nodes:\n  - { name: multi, role: server }\n");
});

test.after(async () => {
  await lab?.[Symbol.asyncDispose]();
  await world?.[Symbol.asyncDispose]();
});

/** Makes a report; returns its files, and what was printed. */
async function report(): Promise<{ readonly files: ReadonlyMap<string, string>; readonly printed: string }> {
  const out = join(lab.dir, `report-${++reports}.tar.gz`);
  const printed = await lab.npmOk("report", ["--out", out]);
  assert.is(statSync(out).mode & 0o777, 0o600);
  const into = join(lab.dir, `unpacked-${reports}`);
  await run("sh", ["-c", 'mkdir "$1" && tar -xzf "$0" -C "$1" --strip-components=1', out, into]);
  const paths = readdirSync(into, { recursive: true, encoding: "utf8" });
  const files = paths.filter((path) => statSync(join(into, path)).isFile());
  return { files: new Map(files.map((path) => [path, readFileSync(join(into, path), "utf8")])), printed };
}

function holdsNoSecret(files: ReadonlyMap<string, string>): void {
  const { serverPassword, agentPassword } = lab.state<Readonly<Record<string, string>>>("secrets.json");
  const kubeconfig = readFileSync(join(lab.dir, ".lab/kubeconfig"), "utf8");
  const [, keyData = ""] = /client-key-data: (\S+)/.exec(kubeconfig) ?? [];
  assert.ok(keyData.length > 100);
  for (const [path, text] of files) {
    for (const secret of [serverPassword, agentPassword, keyData, "Kr0kodil"]) {
      assert.not.ok(secret === undefined || text.includes(secret), `${path} holds a secret`);
    }
  }
}

realTest("of a lab that runs it has the logs of K3s and containerd, pods, events, the host's side", async () => {
  await lab.npmOk("lab:up");
  const plant = "echo level=info password=Kr0kodil >> /var/lib/rancher/k3s/agent/containerd/containerd.log";
  await lab.npmOk("lab:exec", ["multi", "sh", "-c", plant]);
  const { files, printed } = await report();
  const holds = (path: string, what: string | RegExp) =>
    assert.match(files.get(path) ?? `no ${path}: ${printed}`, what);
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
  holdsNoSecret(files);
});

realTest("of a machine that stands still it has the log on its disk, and says what is missing", async () => {
  await lab.npm("lab:exec", ["multi", "poweroff"]);
  await eventually("the machine stands still", async () =>
    (await lab.npm("lab:status", [])).stdout.includes("Lab k3s-lab: stopped"),
  );
  const { files, printed } = await report();
  assert.match(files.get("nodes/multi/containerd.txt") ?? "", /password=\[secret-\d+\]/);
  assert.match(files.get("nodes/multi/settings.txt") ?? "", /^\S+: /m);
  assert.match(files.get("status.txt") ?? "", "stopped");
  assert.match(printed, /^ {2}nodes\/multi\/ \(\d\) +multi is stopped, expected to be running$/m);
  holdsNoSecret(files);
});

test.run();
