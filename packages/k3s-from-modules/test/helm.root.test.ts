import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { isRoot, rootOnly } from "@k3s-lab/testbed";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { buildProgram } from "../src/build-program.js";
import { container, manifest } from "./pods.js";
import { addresses, go, makeCluster, type TestCluster } from "./world.js";

const test = suite("helm");
const rootTest = rootOnly("helm", test);

let cluster: TestCluster;
test.before(async () => {
  if (isRoot) cluster = await makeCluster();
});
test.after(async () => {
  if (isRoot) await cluster?.[Symbol.asyncDispose]();
});

/** A chart with a value, a Deployment that must become ready, and a Job that runs before. */
async function writeChart(dir: string): Promise<void> {
  const labels = { app: "{{ .Release.Name }}" };
  const metadata = { name: "{{ .Release.Name }}" };
  const ready = { readinessProbe: { periodSeconds: 1, httpGet: { path: "/", port: 8080 } } };
  const hook = { "helm.sh/hook": "pre-install,pre-upgrade", "helm.sh/hook-delete-policy": "before-hook-creation" };
  const objects = manifest(
    { apiVersion: "v1", kind: "ConfigMap", metadata, data: { greeting: "{{ .Values.greeting }}" } },
    {
      apiVersion: "apps/v1",
      kind: "Deployment",
      metadata,
      spec: {
        selector: { matchLabels: labels },
        template: {
          metadata: { labels, annotations: { greeting: "{{ .Values.greeting }}" } },
          spec: { terminationGracePeriodSeconds: 0, containers: [container(["serve", ":8080"], ready)] },
        },
      },
    },
    {
      apiVersion: "batch/v1",
      kind: "Job",
      metadata: { name: "{{ .Release.Name }}-hook", annotations: hook },
      spec: {
        backoffLimit: 0,
        template: { spec: { restartPolicy: "Never", containers: [container(["lookup", "kubernetes.default"])] } },
      },
    },
  );
  await mkdir(join(dir, "templates"), { recursive: true });
  await writeFile(join(dir, "Chart.yaml"), "apiVersion: v2\nname: chart\nversion: 0.1.0\n");
  await writeFile(join(dir, "values.yaml"), "greeting: first\n");
  await writeFile(join(dir, "templates/all.yaml"), objects);
}

rootTest("installs a chart with a hook, upgrades, rolls back and uninstalls it from the host", async () => {
  const { dir } = cluster;
  const chart = join(dir, "chart");
  await writeChart(chart);
  await buildProgram({ folder: join(go, "helm"), program: "helm.sh/helm/v3/cmd/helm", out: join(dir, "helm") });
  const kubeconfig = (await cluster.at("multi", "cat /etc/rancher/k3s/k3s.yaml")).replace("127.0.0.1", addresses.multi);
  await writeFile(join(dir, "kubeconfig"), kubeconfig, { mode: 0o600 });
  const env = { KUBECONFIG: join(dir, "kubeconfig"), HELM_CACHE_HOME: dir, HELM_CONFIG_HOME: dir, HELM_DATA_HOME: dir };
  const helm = (...args: readonly string[]) => cluster.host(join(dir, "helm"), args, { env, timeout: 120_000 });
  const greeting = () => cluster.kubectl("get configmap release -o jsonpath={.data.greeting}");

  await helm("install", "release", chart, "--wait", "--timeout=60s");
  assert.is(await greeting(), "first");
  assert.is(await cluster.kubectl("get job release-hook -o jsonpath={.status.succeeded}"), "1");
  await helm("upgrade", "release", chart, "--set", "greeting=second", "--wait", "--timeout=60s");
  assert.is(await greeting(), "second");
  await helm("rollback", "release", "1", "--wait", "--timeout=60s");
  assert.is(await greeting(), "first");
  const history = JSON.parse(await helm("history", "release", "-o", "json")) as readonly { readonly status: string }[];
  assert.equal(
    history.map(({ status }) => status),
    ["superseded", "superseded", "deployed"],
  );
  await helm("uninstall", "release", "--wait", "--timeout=60s");
  assert.is(await cluster.kubectl("get configmap,deployment,pod -l app=release -o name"), "");
});

test.run();
