// Charts as people install them, by a real Helm: hooks and releases, a volume, an autoscaler, a NetworkPolicy.
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { buildProgram } from "@k3s-lab/k3s-from-modules/go";
import { rootOnly, type World } from "@k3s-lab/testbed";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { type DrivenLab, eventually, root } from "./drive-lab.js";
import { shareLab } from "./share-lab.js";

const test = suite("charts");
const realTest = rootOnly("charts", test);

const go = join(root, "packages/k3s-from-modules/go");
const image = "multi:5000/testpod:1";
const release = "{{ .Release.Name }}";
let world: World;
let lab: DrivenLab;

shareLab(test, {
  async ready(shared) {
    ({ world, lab } = shared);
    await lab.npmOk("lab:up");
    const [program, pack, archive] = [join(lab.dir, "testpod"), join(lab.dir, "pack"), join(lab.dir, "testpod.tar")];
    await buildProgram({ folder: join(go, "testpod"), out: program });
    await buildProgram({ folder: join(go, "pack"), out: pack });
    const arch = process.arch === "arm64" ? "arm64" : "amd64";
    await world.host.run(pack, ["image", arch, "docker.io/library/testpod:1", program, archive, "tar"]);
    await lab.npmOk("push", [archive, "--name", "testpod:1"]);
    await buildProgram({ folder: join(go, "helm"), program: "helm.sh/helm/v3/cmd/helm", out: join(lab.dir, "helm") });
  },
});

async function helm(...args: readonly string[]): Promise<string> {
  const homes = { HELM_CACHE_HOME: lab.dir, HELM_CONFIG_HOME: lab.dir, HELM_DATA_HOME: lab.dir };
  const env = { KUBECONFIG: join(lab.dir, ".lab/kubeconfig"), ...homes };
  return (await world.host.run(join(lab.dir, "helm"), args, { env, timeout: 180_000 })).stdout;
}

/** Writes a chart of these values and objects, which are templates; resolves with its folder. */
async function writeChart(name: string, values: object, objects: readonly object[]): Promise<string> {
  const dir = join(lab.dir, name);
  await mkdir(join(dir, "templates"), { recursive: true });
  await writeFile(join(dir, "Chart.yaml"), `apiVersion: v2\nname: ${name}\nversion: 0.1.0\n`);
  await writeFile(join(dir, "values.yaml"), JSON.stringify(values));
  const all = objects.map((object) => JSON.stringify(object)).join("\n---\n");
  // A value that is a list stands in the JSON of a manifest without quotes around it.
  await writeFile(join(dir, "templates/all.yaml"), all.replaceAll(/"(\{\{ toJson [^}]+\}\})"/g, "$1"));
  return dir;
}

const labels = (component: string) => ({ app: release, component });

function pod(
  args: readonly string[] | string,
  { spec = {}, ...container }: { spec?: object; [field: string]: unknown },
) {
  return { terminationGracePeriodSeconds: 0, containers: [{ name: "main", image, args, ...container }], ...spec };
}

const ready = { readinessProbe: { periodSeconds: 1, httpGet: { path: "/", port: 8080 } } };

function deployment(name: string, spec: object, annotations: object = {}) {
  return {
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: { name: `${release}-${name}` },
    spec: {
      selector: { matchLabels: labels(name) },
      template: { metadata: { labels: labels(name), annotations }, spec },
    },
  };
}

realTest("a chart with a hook is installed, upgraded, rolled back and uninstalled", async () => {
  const hook = { "helm.sh/hook": "pre-install,pre-upgrade", "helm.sh/hook-delete-policy": "before-hook-creation" };
  const job = { ...pod(["lookup", "kubernetes.default"], {}), restartPolicy: "Never" };
  const greeting = "{{ .Values.greeting }}";
  const chart = await writeChart("plain", { greeting: "first" }, [
    { apiVersion: "v1", kind: "ConfigMap", metadata: { name: release }, data: { greeting } },
    deployment("web", pod(["serve", ":8080"], ready), { greeting }),
    {
      apiVersion: "batch/v1",
      kind: "Job",
      metadata: { name: `${release}-hook`, annotations: hook },
      spec: { backoffLimit: 0, template: { spec: job } },
    },
  ]);
  const greets = () => lab.kubectl("get", "configmap", "plain", "-o", "jsonpath={.data.greeting}");
  await helm("install", "plain", chart, "--wait", "--timeout=60s");
  assert.is(await greets(), "first");
  assert.is(await lab.kubectl("get", "job", "plain-hook", "-o", "jsonpath={.status.succeeded}"), "1");
  await helm("upgrade", "plain", chart, "--set", "greeting=second", "--wait", "--timeout=60s");
  assert.is(await greets(), "second");
  await helm("rollback", "plain", "1", "--wait", "--timeout=60s");
  assert.is(await greets(), "first");
  const history = JSON.parse(await helm("history", "plain", "-o", "json")) as readonly { readonly status: string }[];
  assert.equal(
    history.map(({ status }) => status),
    ["superseded", "superseded", "deployed"],
  );
  await helm("uninstall", "plain", "--wait", "--timeout=60s");
  assert.is(await lab.kubectl("get", "configmap,deployment,pod", "-l", "app=plain", "-o", "name"), "");
});

realTest("a chart with a volume, an autoscaler and a NetworkPolicy", async () => {
  const claim = { accessModes: ["ReadWriteOnce"], resources: { requests: { storage: "10Mi" } } };
  const database = pod(["serve", ":8080"], {
    ...ready,
    volumeMounts: [{ name: "data", mountPath: "/data" }],
    spec: { securityContext: { runAsUser: 1000, runAsNonRoot: true } },
  });
  const limits = { resources: { requests: { cpu: "50m" }, limits: { cpu: "150m" } } };
  const chart = await writeChart("whole", { work: ["serve", ":8080"] }, [
    {
      apiVersion: "apps/v1",
      kind: "StatefulSet",
      metadata: { name: `${release}-db` },
      spec: {
        serviceName: `${release}-db`,
        selector: { matchLabels: labels("db") },
        template: { metadata: { labels: labels("db") }, spec: database },
        volumeClaimTemplates: [{ metadata: { name: "data" }, spec: claim }],
      },
    },
    {
      apiVersion: "v1",
      kind: "Service",
      metadata: { name: `${release}-db` },
      spec: { selector: labels("db"), ports: [{ port: 80, targetPort: 8080 }] },
    },
    {
      apiVersion: "networking.k8s.io/v1",
      kind: "NetworkPolicy",
      metadata: { name: `${release}-db` },
      spec: {
        podSelector: { matchLabels: labels("db") },
        ingress: [{ from: [{ podSelector: { matchLabels: labels("web") } }], ports: [{ port: 8080 }] }],
      },
    },
    deployment("web", pod(["serve", ":8080"], {})),
    deployment("stranger", pod(["serve", ":8080"], {})),
    deployment("worker", pod("{{ toJson .Values.work }}", limits)),
    {
      apiVersion: "autoscaling/v2",
      kind: "HorizontalPodAutoscaler",
      metadata: { name: `${release}-worker` },
      spec: {
        scaleTargetRef: { apiVersion: "apps/v1", kind: "Deployment", name: `${release}-worker` },
        minReplicas: 1,
        maxReplicas: 3,
        metrics: [
          { type: "Resource", resource: { name: "cpu", target: { type: "Utilization", averageUtilization: 50 } } },
        ],
      },
    },
  ]);
  await helm("install", "whole", chart, "--set-json", 'work=["burn"]', "--wait", "--timeout=120s");

  const inPod = async (name: string, ...args: readonly string[]) =>
    (await lab.npm("kubectl", ["exec", name, "--", "/bin/testpod", ...args])).stdout.trim();
  await inPod("whole-db-0", "write", "/data/file", "kept");
  await lab.kubectl("delete", "pod", "whole-db-0");
  const kept = async () => (await inPod("whole-db-0", "read", "/data/file")) === "kept";
  await eventually("the data in another pod", kept);

  const reach = (from: string) => inPod(`deploy/whole-${from}`, "reach", "http://whole-db");
  await eventually("the web reaches its database", async () => (await reach("web")) === "answered");
  assert.is(await reach("stranger"), "refused");

  const workers = () => lab.kubectl("get", "deployment", "whole-worker", "-o", "jsonpath={.spec.replicas}");
  await eventually("three workers under load", async () => (await workers()) === "3", 150_000);

  await helm("uninstall", "whole", "--wait", "--timeout=60s");
  assert.is(await lab.kubectl("get", "pvc", "-o", "jsonpath={.items[*].metadata.name}"), "data-whole-db-0");
  await lab.kubectl("delete", "pvc", "data-whole-db-0");
  await eventually("its volume is gone", async () => (await lab.kubectl("get", "pv", "-o", "name")) === "");
});

test.run();
