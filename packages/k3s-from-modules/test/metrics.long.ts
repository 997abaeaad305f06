import { isRoot, rootOnly } from "@k3s-lab/testbed";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { eventually } from "./eventually.js";
import { container, manifest } from "./pods.js";
import { makeCluster, nodes, type TestCluster } from "./world.js";

const test = suite("metrics of k3s from modules");
const rootTest = rootOnly("metrics of k3s from modules", test);

let cluster: TestCluster;
test.before(async () => {
  if (isRoot) cluster = await makeCluster();
});
test.after(async () => {
  if (isRoot) await cluster?.[Symbol.asyncDispose]();
});

const apiService = "v1beta1.metrics.k8s.io";

rootTest("metrics-server comes by itself, and its API when it answers for it", async () => {
  const condition = "{.status.conditions[?(@.type=='Available')].status}";
  const seen: string[] = [];
  const look = async () => {
    const asked = await cluster.attempt("multi", `kubectl get apiservice ${apiService} -o jsonpath="${condition}"`);
    if (asked.exitCode === 0) seen.push(asked.output.trim());
    return seen.at(-1);
  };
  await eventually("its API", look, (status) => status === "True", 120);
  assert.not.ok(seen.includes("False"), `its API was there before metrics-server: ${seen.join()}`);
  assert.match(await cluster.kubectl("-n kube-system rollout status deploy/metrics-server"), "successfully rolled out");
  const path = "jsonpath={.items[*].spec.nodeName}";
  assert.is(await cluster.kubectl(`-n kube-system get pods -l k8s-app=metrics-server -o ${path}`), "multi");
});

rootTest("its image is on the server only", async () => {
  for (const node of nodes) {
    const there = await cluster.at(node, "ls /var/lib/rancher/k3s/agent/images; crictl images");
    assert.is(/metrics/.test(there), node === "multi", node);
  }
});

rootTest("kubectl top shows every node and every pod, and kubelets are verified", async () => {
  const top = (what: string) => () => cluster.attempt("multi", `kubectl top ${what} --no-headers`);
  const all = await eventually("every node", top("nodes"), ({ output }) =>
    nodes.every((node) => output.includes(node)),
  );
  for (const line of all.output.trim().split("\n")) assert.match(line, /^\w+ +\d+m +\d+% +\d+Mi +\d+% *$/);
  await eventually("CoreDNS", top("pods -A"), ({ output }) =>
    /^kube-system +coredns-\S+ +\d+m +\d+Mi *$/m.test(output),
  );
  const args = await cluster.kubectl(
    "-n kube-system get deploy metrics-server -o jsonpath={.spec.template.spec.containers[0].args}",
  );
  assert.not.match(args, "insecure");
  assert.not.match(await cluster.kubectl("-n kube-system logs deploy/metrics-server"), "x509");
});

rootTest("an autoscaler follows the load", async () => {
  const labels = { app: "load" };
  const resources = { requests: { cpu: "50m" }, limits: { cpu: "150m" } };
  const deployment = (args: readonly string[]) =>
    manifest({
      apiVersion: "apps/v1",
      kind: "Deployment",
      metadata: { name: "load", namespace: "default" },
      spec: {
        selector: { matchLabels: labels },
        template: {
          metadata: { labels },
          spec: { terminationGracePeriodSeconds: 0, containers: [container(args, { resources })] },
        },
      },
    });
  const autoscaler = manifest({
    apiVersion: "autoscaling/v2",
    kind: "HorizontalPodAutoscaler",
    metadata: { name: "load", namespace: "default" },
    spec: {
      scaleTargetRef: { apiVersion: "apps/v1", kind: "Deployment", name: "load" },
      minReplicas: 1,
      maxReplicas: 3,
      metrics: [
        { type: "Resource", resource: { name: "cpu", target: { type: "Utilization", averageUtilization: 50 } } },
      ],
      behavior: { scaleDown: { stabilizationWindowSeconds: 0 } },
    },
  });
  const replicas = () => cluster.kubectl("get deployment load -o jsonpath={.spec.replicas}");
  await cluster.kubectl("apply -f -", deployment(["burn"]));
  await cluster.kubectl("apply -f -", autoscaler);
  await eventually("three pods under load", replicas, (count) => count === "3", 180);
  await cluster.kubectl("apply -f -", deployment(["serve", ":8080"]));
  await eventually("one pod without load", replicas, (count) => count === "1", 180);
  await cluster.kubectl("delete hpa/load deploy/load");
});

rootTest("it goes when it is disabled, and holds up no namespace", async () => {
  const file = "/etc/rancher/k3s/config.yaml.d/metrics.yaml";
  await cluster.at(
    "multi",
    `mkdir -p $(dirname ${file}); echo 'disable: metrics-server' >${file}; systemctl restart k3s`,
  );
  const left = () =>
    cluster.attempt(
      "multi",
      `kubectl get apiservice/${apiService} -n kube-system deploy/metrics-server --ignore-not-found -o name`,
    );
  await eventually("nothing of it", left, ({ exitCode, output }) => exitCode === 0 && output.trim() === "");
  await cluster.kubectl("create namespace short");
  await cluster.kubectl("delete namespace short --timeout=30s");
});

test.run();
