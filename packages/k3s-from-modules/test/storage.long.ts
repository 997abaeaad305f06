import { isRoot, rootOnly } from "@k3s-lab/testbed";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { eventually } from "./eventually.js";
import { container, manifest } from "./pods.js";
import { makeCluster, type NodeName, nodes, reboot, type TestCluster } from "./world.js";

const test = suite("local-path storage");
const rootTest = rootOnly("local-path storage", test);

const dropIns = "/etc/rancher/k3s/config.yaml.d";

let cluster: TestCluster;
test.before(async () => {
  if (!isRoot) return;
  cluster = await makeCluster();
  // A node that went away is seen after 20 s, not 40.
  const soon = "kube-controller-manager-arg: [node-monitor-grace-period=20s, node-monitor-period=1s]";
  await cluster.at("multi", `mkdir -p ${dropIns} && echo '${soon}' >${dropIns}/soon.yaml && systemctl restart k3s`);
  await allReady();
});
test.after(async () => {
  if (isRoot) await cluster?.[Symbol.asyncDispose]();
});

const storage = "/var/lib/rancher/k3s/storage";

function claim(name: string, spec: object = {}): object {
  return {
    apiVersion: "v1",
    kind: "PersistentVolumeClaim",
    metadata: { name, namespace: "default" },
    spec: { accessModes: ["ReadWriteOnce"], resources: { requests: { storage: "10Mi" } }, ...spec },
  };
}

/** The spec of a pod that has a claim at /data, and is no root. */
function using(claimName: string, args: readonly string[], spec: object = {}): object {
  return {
    terminationGracePeriodSeconds: 0,
    securityContext: { runAsUser: 1000, runAsNonRoot: true },
    containers: [container(args, { volumeMounts: [{ name: "data", mountPath: "/data" }] })],
    volumes: [{ name: "data", persistentVolumeClaim: { claimName } }],
    ...spec,
  };
}

const onNode = (node: NodeName): object => ({ nodeSelector: { "kubernetes.io/hostname": node } });

function pod(name: string, spec: object): object {
  return { apiVersion: "v1", kind: "Pod", metadata: { name, namespace: "default" }, spec };
}

const serve = ["serve", ":8080"];
const ready = (name: string): Promise<string> =>
  cluster.kubectl(`wait --for=condition=Ready --timeout=120s pod/${name}`);
const field = (object: string, path: string): Promise<string> =>
  cluster.kubectl(`get ${object} -o jsonpath='{${path}}'`);
const volumeOf = (name: string): Promise<string> => field(`pvc ${name}`, ".spec.volumeName");
const read = async (name: string, file: string): Promise<string> =>
  (await cluster.attempt("multi", `kubectl exec ${name} -- /bin/testpod read /data/${file}`)).output.trim();
const write = (name: string, file: string, content: string): Promise<string> =>
  cluster.kubectl(`exec ${name} -- /bin/testpod write /data/${file} ${content}`);

async function allReady(): Promise<void> {
  const ask = () =>
    cluster.attempt(
      "multi",
      "kubectl wait --for=condition=Ready --timeout=1s node --all >/dev/null && kubectl get nodes --no-headers | wc -l",
    );
  await eventually("three ready nodes", ask, ({ exitCode, output }) => exitCode === 0 && output.trim() === "3");
}

/** Waits for an event of an object, by its text. */
async function told(object: string, text: string): Promise<void> {
  const ask = () =>
    cluster.kubectl(`get events -A --field-selector involvedObject.name=${object} -o jsonpath="{.items[*].message}"`);
  await eventually(`${object}: ${text}`, ask, (messages) => messages.includes(text));
}

/** Waits until neither the volume nor its folder is there. */
async function cleaned(volume: string, node: NodeName): Promise<void> {
  const ask = async () => {
    const { output } = await cluster.attempt("multi", `kubectl get pv ${volume} -o name --ignore-not-found`);
    return `${output.trim()} ${await cluster.at(node, `ls ${storage} | grep ${volume}; true`)}`.trim();
  };
  await eventually(`${volume} on ${node} is removed`, ask, (left) => left === "");
}

rootTest("the class has K3s' name, is the default, and waits for a pod", async () => {
  const seen = JSON.parse(await cluster.kubectl("get storageclass local-path -o json")) as {
    readonly metadata: { readonly annotations: Readonly<Record<string, string>> };
    readonly [field: string]: unknown;
  };
  assert.is(seen["provisioner"], "rancher.io/local-path");
  assert.is(seen["volumeBindingMode"], "WaitForFirstConsumer");
  assert.is(seen["reclaimPolicy"], "Delete");
  assert.is(seen.metadata.annotations["storageclass.kubernetes.io/is-default-class"], "true");
  await cluster.kubectl("apply -f -", manifest(claim("waiting")));
  await told("waiting", "waiting for first consumer");
  await cluster.kubectl("delete pvc waiting");
});

rootTest("an application with volumes finds its data again, on the same node", async () => {
  const labels = { app: "base" };
  const database = {
    apiVersion: "apps/v1",
    kind: "StatefulSet",
    metadata: { name: "base", namespace: "default" },
    spec: {
      replicas: 3,
      podManagementPolicy: "Parallel",
      selector: { matchLabels: labels },
      serviceName: "base",
      persistentVolumeClaimRetentionPolicy: { whenDeleted: "Delete", whenScaled: "Retain" },
      template: {
        metadata: { labels },
        spec: using("data", serve, {
          volumes: [],
          topologySpreadConstraints: [
            {
              maxSkew: 1,
              topologyKey: "kubernetes.io/hostname",
              whenUnsatisfiable: "DoNotSchedule",
              labelSelector: { matchLabels: labels },
            },
          ],
        }),
      },
      volumeClaimTemplates: [{ ...claim("data"), metadata: { name: "data" } }],
    },
  };
  await cluster.kubectl("apply -f -", manifest(database));
  await cluster.kubectl("rollout status --timeout=120s statefulset/base");
  const placed = new Map<string, NodeName>();
  for (const name of ["base-0", "base-1", "base-2"]) {
    const node = (await field(`pod ${name}`, ".spec.nodeName")) as NodeName;
    placed.set(name, node);
    const volume = await volumeOf(`data-${name}`);
    const path = `${storage}/${volume}_default_data-${name}`;
    assert.is(await field(`pv ${volume}`, ".spec.local.path"), path);
    assert.is(await cluster.at(node, `stat -c '%a %u' ${storage} ${path} | xargs`), "700 0 777 0");
    await write(name, "file", `of-${name}`);
  }
  assert.equal([...placed.values()].toSorted(), nodes.toSorted());
  await cluster.kubectl("delete pod -l app=base");
  for (const [name, node] of placed) {
    await eventually(
      `${name}'s data`,
      () => read(name, "file"),
      (seen) => seen === `of-${name}`,
    );
    assert.is(await field(`pod ${name}`, ".spec.nodeName"), node);
  }
  const volumes = await Promise.all(
    [...placed].map(async ([name, node]) => [await volumeOf(`data-${name}`), node] as const),
  );
  await cluster.kubectl("delete statefulset base");
  for (const [volume, node] of volumes) await cleaned(volume, node);
});

rootTest("what a folder of one node cannot be is refused with an event", async () => {
  const many = claim("many", { accessModes: ["ReadWriteMany"] });
  const readers = claim("readers", { accessModes: ["ReadOnlyMany"] });
  const device = claim("device", { volumeMode: "Block" });
  const copy = claim("copy", { dataSource: { kind: "PersistentVolumeClaim", name: "many" } });
  const devices = [container(serve, { volumeDevices: [{ name: "data", devicePath: "/dev/data" }] })];
  await cluster.kubectl(
    "apply -f -",
    manifest(
      many,
      readers,
      device,
      copy,
      pod("many", using("many", serve)),
      pod("readers", using("readers", serve)),
      pod("device", using("device", serve, { containers: devices })),
      pod("copy", using("copy", serve)),
    ),
  );
  await told("many", "access mode ReadWriteMany is not supported");
  await told("readers", "access mode ReadOnlyMany is not supported");
  await told("device", "does not support block volume provisioning");
  await told("copy", "a copy of PersistentVolumeClaim many is not supported");
  const refused = ["many", "readers", "device", "copy"];
  for (const name of refused) assert.is(await field(`pod ${name}`, ".status.phase"), "Pending");
  await cluster.kubectl(`delete ${refused.map((name) => `pod/${name} pvc/${name}`).join(" ")}`);
});

rootTest("a volume that is to be retained outlives its claim, with its data", async () => {
  const retaining = {
    apiVersion: "storage.k8s.io/v1",
    kind: "StorageClass",
    metadata: { name: "retaining" },
    provisioner: "rancher.io/local-path",
    volumeBindingMode: "WaitForFirstConsumer",
    reclaimPolicy: "Retain",
  };
  const wanted = claim("retained", { storageClassName: "retaining" });
  await cluster.kubectl("apply -f -", manifest(retaining, wanted, pod("author", using("retained", serve))));
  await ready("author");
  await write("author", "file", "retained");
  const volume = await volumeOf("retained");
  const node = (await field("pod author", ".spec.nodeName")) as NodeName;
  await cluster.kubectl("delete pod/author pvc/retained");
  const phase = () => field(`pv ${volume}`, ".status.phase");
  await eventually("the volume is released", phase, (seen) => seen === "Released");
  // Enough for one that is to be deleted to be gone.
  await new Promise((resolve) => setTimeout(resolve, 5000));
  const folder = `${storage}/${volume}_default_retained`;
  assert.is(await cluster.at(node, `cat ${folder}/file`), "retained");
  // As an administrator takes the data over: freed of its old claim, the volume is anyone's again.
  await cluster.kubectl(`patch pv ${volume} --type=json -p '[{"op":"remove","path":"/spec/claimRef"}]'`);
  const again = claim("taken-over", { storageClassName: "retaining", volumeName: volume });
  await cluster.kubectl("apply -f -", manifest(again, pod("heir", using("taken-over", serve))));
  await ready("heir");
  assert.is(await read("heir", "file"), "retained");
  await cluster.kubectl("delete pod/heir pvc/taken-over");
  await cluster.kubectl(`delete pv/${volume} storageclass/retaining`);
  assert.is(await cluster.at(node, `cat ${folder}/file; rm -r ${folder}`), "retained");
});

rootTest("a claim that asks for more later is refused, as with K3s", async () => {
  await cluster.kubectl("apply -f -", manifest(claim("small"), pod("grower", using("small", serve))));
  await ready("grower");
  const more = '{"spec":{"resources":{"requests":{"storage":"20Mi"}}}}';
  const { exitCode, output } = await cluster.attempt("multi", `kubectl patch pvc small -p '${more}'`);
  assert.is(exitCode, 1);
  assert.match(output, "must support resize");
  assert.is(await field("pvc small", ".spec.resources.requests.storage"), "10Mi");
  await cluster.kubectl("delete pod/grower pvc/small");
});

rootTest("a claim that a pod holds is deleted after the pod", async () => {
  await cluster.kubectl("apply -f -", manifest(claim("held"), pod("holder", using("held", serve, onNode("agent1")))));
  await ready("holder");
  await write("holder", "file", "held");
  const volume = await volumeOf("held");
  await cluster.kubectl("delete pvc held --wait=false");
  assert.not.equal(await field("pvc held", ".metadata.deletionTimestamp"), "");
  await new Promise((resolve) => setTimeout(resolve, 3000));
  assert.is(await field("pvc held", ".status.phase"), "Bound");
  assert.is(await read("holder", "file"), "held");
  await cluster.kubectl("delete pod holder");
  await cleaned(volume, "agent1");
});

rootTest("a pod waits for its node, and a volume that was deleted meanwhile is cleaned when it is back", async () => {
  const all = ["kept", "dropped"].flatMap((name) => [claim(name), pod(name, using(name, serve, onNode("agent2")))]);
  await cluster.kubectl("apply -f -", manifest(...all));
  for (const name of ["kept", "dropped"]) {
    await ready(name);
    await write(name, "file", name);
  }
  const dropped = await volumeOf("dropped");
  await cluster.at("agent2", "systemctl stop k3s-agent");
  try {
    const state = () => field("node agent2", '.status.conditions[?(@.type=="Ready")].status');
    await eventually("agent2 is away", state, (status) => status === "Unknown");
    await cluster.kubectl("delete pod/kept pod/dropped --force --grace-period=0");
    await cluster.kubectl("apply -f -", manifest(pod("kept", using("kept", serve))));
    await told("kept", "didn't match PersistentVolume's node affinity");
    assert.is(await field("pod kept", ".status.phase"), "Pending");
    await cluster.kubectl("delete pvc dropped");
    await told(dropped, "is not removed yet: node agent2 is not Ready");
    assert.match(await cluster.at("agent2", `ls ${storage}`), dropped);
  } finally {
    await cluster.at("agent2", "systemctl start k3s-agent");
  }
  await cleaned(dropped, "agent2");
  await ready("kept");
  assert.is(await field("pod kept", ".spec.nodeName"), "agent2");
  assert.is(await read("kept", "file"), "kept");
});

/** Every number that the pod printed is in its file, in order. */
async function nothingIsLost(name: string): Promise<number> {
  const printed = Number(await cluster.kubectl(`logs ${name} --tail=1`));
  const numbers = (await read(name, "numbers")).split("\n").map(Number);
  assert.ok(printed > 0 && numbers.length >= printed, `${numbers.length} of ${printed} numbers are there`);
  assert.equal(
    numbers.findIndex((number, index) => number !== index + 1),
    -1,
  );
  return numbers.length;
}

rootTest("nothing that was acknowledged is lost when K3s is killed, and when a node is", async () => {
  const recorder = using("numbers", ["record", "/data/numbers"], onNode("agent1"));
  await cluster.kubectl("apply -f -", manifest(claim("numbers"), pod("recorder", recorder)));
  await ready("recorder");
  const names = Array.from({ length: 9 }, (_, index) => `made-${index}`);
  for (const [index, name] of names.entries()) {
    const node = nodes[index % nodes.length] ?? "multi";
    await cluster.kubectl("apply -f -", manifest(claim(name), pod(name, using(name, serve, onNode(node)))));
    // Between the claim and its folder, at another moment each time.
    await new Promise((resolve) => setTimeout(resolve, 40 * index));
    const [victim, unit] = index % 2 === 0 ? (["multi", "k3s"] as const) : (["agent1", "k3s-agent"] as const);
    const running = `p=$(systemctl show -p MainPID --value ${unit}); [ "$p" != 0 ]`;
    await cluster.at(victim, `until ${running}; do sleep 0.1; done; kill -9 $p`);
    const answers = () => cluster.attempt("multi", "kubectl get --raw /readyz");
    await eventually("the API answers", answers, ({ exitCode }) => exitCode === 0);
  }
  await allReady();
  for (const name of names) {
    await ready(name);
    await write(name, "file", name);
  }
  assert.is(await field("pod recorder", ".status.containerStatuses[0].restartCount"), "0");
  const before = await nothingIsLost("recorder");

  // At once, as by a power failure: no process is asked to end.
  await reboot(cluster, "agent1", "systemctl reboot --force --force");
  await allReady();
  const restarts = () => field("pod recorder", ".status.containerStatuses[0].restartCount");
  await eventually("the pod's restart", restarts, (count) => count !== "0");
  await ready("recorder");
  assert.ok((await nothingIsLost("recorder")) >= before);

  const volumes = await Promise.all(names.map((name) => volumeOf(name)));
  await cluster.kubectl(`delete pod,pvc recorder numbers ${names.join(" ")} --ignore-not-found`);
  for (const [index, volume] of volumes.entries()) await cleaned(volume, nodes[index % nodes.length] ?? "multi");
});

rootTest("only folders of volumes are removed, whatever a volume says", async () => {
  await cluster.at(
    "agent1",
    `set -e; mkdir -p /root/precious ${storage}/deep ${storage}/mounted; touch /root/precious/file
    ln -s /root/precious ${storage}/link; ln -s /root/precious ${storage}/deep/link
    mount --bind /root/precious ${storage}/mounted`,
  );
  const hostile = (name: string, path: string) => ({
    apiVersion: "v1",
    kind: "PersistentVolume",
    metadata: { name, annotations: { "pv.kubernetes.io/provisioned-by": "rancher.io/local-path" } },
    spec: {
      accessModes: ["ReadWriteOnce"],
      capacity: { storage: "1Mi" },
      storageClassName: "local-path",
      persistentVolumeReclaimPolicy: "Delete",
      local: { path },
      // Of a claim that is gone: the volume is released at once.
      claimRef: { namespace: "default", name, uid: "00000000-0000-0000-0000-000000000000" },
      nodeAffinity: {
        required: {
          nodeSelectorTerms: [
            { matchExpressions: [{ key: "kubernetes.io/hostname", operator: "In", values: ["agent1"] }] },
          ],
        },
      },
    },
  });
  const expected: Readonly<Record<string, readonly [string, string]>> = {
    outside: ["/root/precious", "is not below"],
    everything: [storage, "is not below"],
    link: [`${storage}/link`, "is no folder"],
    "behind-link": [`${storage}/deep/link/file`, "is no folder"],
    mounted: [`${storage}/mounted`, "something is mounted on"],
  };
  for (const [name, [path]] of Object.entries(expected)) {
    await cluster.kubectl("apply -f -", manifest(hostile(name, path)));
  }
  for (const [name, [, reason]] of Object.entries(expected)) await told(name, reason);
  assert.is(await cluster.at("agent1", "ls /root/precious"), "file");
  await cluster.at("agent1", `umount ${storage}/mounted`);
  await cleaned("mounted", "agent1");
  assert.is(await cluster.at("agent1", "ls /root/precious"), "file");
  await cluster.at("agent1", `rm -r ${storage}/link ${storage}/deep`);
  await cluster.kubectl("delete pv outside everything link behind-link --ignore-not-found");
});

rootTest("a node reads what it is ordered, and can neither order nor answer for another", async () => {
  const may = async (who: string, what: string) => {
    const kubeconfig = `/var/lib/rancher/k3s/agent/${who}.kubeconfig`;
    return (await cluster.attempt("agent1", `kubectl --kubeconfig ${kubeconfig} -n kube-system ${what}`)).output;
  };
  const orders = "configmap local-path-orders";
  assert.match(await may("k3scontroller", `get ${orders} -o name`), "configmap/local-path-orders");
  for (const who of ["kubelet", "k3scontroller", "kubeproxy"]) {
    assert.match(await may(who, `patch ${orders} -p '{"data":{"agent2":"{}"}}'`), "forbidden", who);
    for (const what of ["get configmap coredns", "get configmaps", "get pv", "get pvc"]) {
      assert.match(await may(who, what), "forbidden", `${who}: ${what}`);
    }
  }
  assert.match(await may("kubelet", "annotate node agent2 local-path.k3s-lab/answers=x"), "only its own Node object");
});

rootTest("`disable: local-storage` takes the class away, and no volume with it", async () => {
  await cluster.at("multi", `echo 'disable: local-storage' >${dropIns}/disable.yaml; systemctl restart k3s`);
  const classes = async () => (await cluster.attempt("multi", "kubectl get storageclass -o name")).output.trim();
  await eventually("no class", classes, (seen) => !seen.includes("local-path"));
  await allReady();
  assert.is(await read("kept", "file"), "kept");
  await cluster.at("multi", `rm ${dropIns}/disable.yaml; systemctl restart k3s`);
  await eventually("the class", classes, (seen) => seen.includes("local-path"));
  await cluster.kubectl("delete pod,pvc kept");
});

test.run();
