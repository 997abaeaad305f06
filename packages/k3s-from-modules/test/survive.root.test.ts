import { dirname } from "node:path";
import { isRoot, rootOnly } from "@k3s-lab/testbed";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { eventually } from "./eventually.js";
import { container, daemonSet, manifest, service } from "./pods.js";
import { addresses, makeCluster, type NodeName, nodes, reboot, type TestCluster } from "./world.js";

const test = suite("k3s from modules survives");
const rootTest = rootOnly("k3s from modules survives", test);

let cluster: TestCluster;
test.before(async () => {
  if (!isRoot) return;
  cluster = await makeCluster();
  const keeper = {
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name: "keeper", namespace: "default" },
    spec: {
      nodeName: "agent1",
      containers: [container(["serve", ":8080"], { volumeMounts: [{ name: "data", mountPath: "/data" }] })],
      volumes: [{ name: "data", emptyDir: {} }],
    },
  };
  const balanced = service("balanced", "echo", 8081, 8080, { type: "LoadBalancer" });
  await cluster.kubectl("apply -f -", manifest(keeper, daemonSet("echo", 8080), balanced));
  await cluster.kubectl("wait --for=condition=Ready --timeout=60s pod/keeper");
  await cluster.kubectl("rollout status --timeout=60s ds/echo");
  await cluster.kubectl("exec keeper -- /bin/testpod write /data/file kept");
  // It comes later than all else, and its pod is one of those that are counted.
  const metrics = () => cluster.attempt("multi", "kubectl get apiservice v1beta1.metrics.k8s.io");
  await eventually("metrics-server", metrics, ({ exitCode }) => exitCode === 0, 120);
});
test.after(async () => {
  if (isRoot) await cluster?.[Symbol.asyncDispose]();
});

const unitOf = (node: NodeName): string => (node === "multi" ? "k3s" : "k3s-agent");
const onNode = ["flannel", "kube-proxy", "kubelet", "containerd"];
const onServer = [...onNode, "kube-scheduler", "kube-controller-manager", "kine", "kube-apiserver"];
const partsOf = (node: NodeName): readonly string[] => (node === "multi" ? onServer : onNode);

/** Shell lines that print the process of each part that runs, a line each: "kubelet 123". */
const listParts = `for p in /proc/[0-9]*; do
  name=$({ tr '\\0' '\\n' <$p/cmdline | head -1; } 2>/dev/null)
  case $(readlink $p/exe) in */bin/k3s) echo "$name \${p#/proc/}" ;; esac
done | grep -v '^k3s ' | sort`;

async function runningParts(node: NodeName): Promise<ReadonlyMap<string, string>> {
  const lines = (await cluster.at(node, listParts)).split("\n").filter(Boolean);
  return new Map(lines.map((line) => line.split(" ") as [string, string]));
}

const containerdLog = "/var/lib/rancher/k3s/agent/containerd/containerd.log";

const pipesOfShims =
  "for shim in $(pgrep containerd-shim); do readlink /proc/$shim/fd/1 /proc/$shim/fd/2; done | grep pipe: || true";

/** Containers by process: what must not change when K3s itself comes and goes. */
const containers = (node: NodeName): Promise<string> => cluster.at(node, "pgrep -x 'testpod|coredns|pause' | sort");

async function everythingIsBack(): Promise<void> {
  const seen = () =>
    cluster.attempt(
      "multi",
      "kubectl wait --for=condition=Ready --timeout=1s node --all >/dev/null && kubectl get nodes --no-headers | wc -l",
    );
  await eventually("three ready nodes", seen, ({ exitCode, output }) => exitCode === 0 && output.trim() === "3");
  for (const node of nodes) {
    const ask = () =>
      cluster.attempt(
        node,
        "exec 3<>/dev/tcp/127.0.0.1/10248 && printf 'GET /healthz HTTP/1.0\\r\\n\\r\\n' >&3 && grep -q '200 OK' <&3",
      );
    await eventually(`${node}: kubelet`, ask, ({ exitCode }) => exitCode === 0);
  }
}

rootTest("a part that is killed is started again, and containers do not notice", async () => {
  for (const node of ["multi", "agent1"] as const) {
    const before = await containers(node);
    for (const part of partsOf(node)) {
      const old = (await runningParts(node)).get(part);
      assert.ok(old, `${node}: ${part} does not run`);
      await cluster.at(node, `kill -9 ${old}`);
      const another = (all: ReadonlyMap<string, string>) => ![undefined, old].includes(all.get(part));
      await eventually(`${node}: another ${part}`, () => runningParts(node), another);
    }
    await everythingIsBack();
    assert.is(await containers(node), before, node);
    // They outlive the pipe into which containerd writes its log.
    assert.is(await cluster.at(node, pipesOfShims), "", node);
    assert.is(await cluster.at(node, `systemctl show -p NRestarts ${unitOf(node)}`), "NRestarts=0");
  }
});

rootTest("stopping ends every part and no container, and the next start takes them over", async () => {
  for (const node of ["multi", "agent1"] as const) {
    const before = await containers(node);
    await cluster.at(node, `systemctl stop ${unitOf(node)}`);
    assert.equal([...(await runningParts(node)).keys()], [], node);
    assert.is(await cluster.at(node, `systemctl show -p Result ${unitOf(node)}`), "Result=success");
    assert.is(await containers(node), before, node);
    await cluster.at(node, `yes 'a line of weeks ago' | head -c 51M >>${containerdLog}`);
    await cluster.at(node, `systemctl start ${unitOf(node)}`);
    await everythingIsBack();
    assert.is(await containers(node), before, node);
    const logs = () =>
      cluster.at(node, `cd ${dirname(containerdLog)} && find containerd*.log* -size +1M -o -name '*.gz'`);
    await eventually(`${node}: the full log put aside`, logs, (found) => /^containerd-[^\n]*\.log\.gz$/.test(found));
    const image = await cluster.at(
      node,
      `journalctl -q -u ${unitOf(node)} -o cat | grep -c 'imported images.*airgap-images'`,
    );
    assert.is(image, "1", "images are imported once");
  }
});

rootTest("when K3s itself is killed its parts end with it, and systemd starts it again", async () => {
  for (const node of ["multi", "agent1"] as const) {
    const before = await containers(node);
    const old = [...(await runningParts(node)).values()];
    await cluster.at(node, `kill -9 $(systemctl show -p MainPID --value ${unitOf(node)})`);
    const restarts = () => cluster.at(node, `systemctl show -p NRestarts --value ${unitOf(node)}`);
    await eventually(`${node}: a restart`, restarts, (count) => count === "1");
    await everythingIsBack();
    const now = [...(await runningParts(node)).values()];
    assert.equal(
      now.filter((pid) => old.includes(pid)),
      [],
    );
    assert.is(now.length, partsOf(node).length);
    assert.is(await containers(node), before, node);
  }
});

rootTest("a part that cannot run fails the unit, which logs why", async () => {
  const file = "/etc/rancher/k3s/config.yaml.d/bad.yaml";
  await cluster.at(
    "agent2",
    `mkdir -p $(dirname ${file}); echo 'kube-proxy-arg: nonsense=1' >${file}; systemctl restart k3s-agent`,
  );
  const failed = () =>
    cluster.at(
      "agent2",
      "systemctl show -p NRestarts --value k3s-agent; journalctl -q -u k3s-agent -o cat | grep '^k3s: ' | tail -1",
    );
  const output = await eventually("the failure", failed, (text) => text.startsWith("1"));
  assert.match(output, /kube-proxy ended 6 times within 1m0s: exit status 1/);
  await cluster.at("agent2", `rm ${file}; systemctl restart k3s-agent`);
  await everythingIsBack();
});

rootTest("after a reboot of all nodes the same pods run with their data", async () => {
  const path = "{range .items[*]}{.metadata.uid}{'\\n'}{end}";
  const pods = () => cluster.kubectl(`get pods -A -o jsonpath="${path}" | sort`);
  const before = await pods();
  for (const node of nodes) await reboot(cluster, node);
  await everythingIsBack();
  const read = () => cluster.attempt("multi", "kubectl exec keeper -- /bin/testpod read /data/file");
  await eventually("the pod's data", read, ({ output }) => output.includes("kept"));
  assert.is(await pods(), before);
  for (const node of nodes) {
    const ask = () =>
      cluster.attempt(
        node,
        `exec 3<>/dev/tcp/${addresses[node]}/8081 && printf 'GET / HTTP/1.0\\r\\n\\r\\n' >&3 && timeout 3 cat <&3`,
      );
    await eventually(`${node}: the load balancer`, ask, ({ output }) => / on \w+/.test(output));
  }
});

rootTest("k3s-killall.sh leaves nothing running, and a start brings all back", async () => {
  for (const node of ["multi", "agent1"] as const) {
    await cluster.at(node, "k3s-killall.sh >/dev/null 2>&1");
    const left = await cluster.at(
      node,
      `${listParts}; pgrep -l 'containerd|shim|pause|testpod|coredns'
      grep -E ' (/run/k3s|/var/lib/kubelet/pods|/run/netns)' /proc/self/mounts
      ip -br link | grep -vE '^(lo|eth0)'; iptables-save | grep -E 'KUBE-|FLANNEL|CNI-'; true`,
    );
    assert.is(left, "", node);
    await cluster.at(node, `systemctl start ${unitOf(node)}`);
  }
  await everythingIsBack();
  const read = () => cluster.attempt("multi", "kubectl exec keeper -- /bin/testpod read /data/file");
  await eventually("the pod's data", read, ({ output }) => output.includes("kept"));
});

test.run();
