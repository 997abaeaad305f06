import { isRoot, rootOnly } from "@k3s-lab/testbed";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { eventually } from "./eventually.js";
import { container, manifest, service } from "./pods.js";
import { makeCluster, type NodeName, nodes, reboot, type TestCluster } from "./world.js";

const test = suite("network policies");
const rootTest = rootOnly("network policies", test);

let cluster: TestCluster;
test.before(async () => {
  if (!isRoot) return;
  cluster = await makeCluster();
  await cluster.kubectl(
    "apply -f -",
    manifest(
      { apiVersion: "v1", kind: "Namespace", metadata: { name: "other", labels: { team: "b" } } },
      pod("db", "agent1", ["serve", ":8080"], serving),
      service("db", "db", 80, 8080),
      service("early", "db", 80, 8080, { publishNotReadyAddresses: true }),
      ...Object.entries(clients).map(([name, node]) => {
        const [namespace = "", own = ""] = name.split("/");
        return pod(own, node, ["serve", ":8080"], { namespace });
      }),
    ),
  );
  await cluster.kubectl("wait -A --for=condition=Ready --timeout=90s pod --all");
  dbAddress = await addressOf("default/db");
});
test.after(async () => {
  if (isRoot) await cluster?.[Symbol.asyncDispose]();
});

/** On the node of what they ask, and on others. */
const clients = {
  "default/near": "agent1",
  "default/far": "agent2",
  "default/stranger": "agent1",
  "default/alien": "multi",
  "other/visitor": "agent2",
} as const satisfies Readonly<Record<string, NodeName>>;
type Client = keyof typeof clients;
let dbAddress: string;

const ready = { readinessProbe: { periodSeconds: 1, httpGet: { path: "/", port: 8080 } } };
const serving = { container: { ...ready, ports: [{ name: "http", containerPort: 8080 }] } };

interface PodOptions {
  readonly namespace?: string;
  readonly container?: object;
  readonly spec?: object;
}

function pod(name: string, nodeName: NodeName, args: readonly string[], options: PodOptions = {}): object {
  const spec = { nodeName, terminationGracePeriodSeconds: 0, containers: [container(args, options.container)] };
  const metadata = { name, namespace: options.namespace ?? "default", labels: { app: name } };
  return { apiVersion: "v1", kind: "Pod", metadata, spec: { ...spec, ...options.spec } };
}

function policy(name: string, spec: object): string {
  const metadata = { name, namespace: "default" };
  return manifest({ apiVersion: "networking.k8s.io/v1", kind: "NetworkPolicy", metadata, spec });
}

const app = (name: string) => ({ podSelector: { matchLabels: { app: name } } });
const apply = (...policies: readonly string[]) => cluster.kubectl("apply -f -", policies.join("\n---\n"));
const clear = () => cluster.kubectl("delete networkpolicy --all -A --wait");

async function addressOf(name: string): Promise<string> {
  const [namespace, own] = name.split("/");
  return cluster.kubectl(`get pod -n ${namespace} ${own} -o jsonpath={.status.podIP}`);
}

/** They try to reach the db all the time, by a Service that leads to it as soon as it has an address, ready or not. */
const knockers = { "knock-near": "agent1", "knock-far": "agent2" } as const satisfies Readonly<
  Record<string, NodeName>
>;
type Knocker = keyof typeof knockers;

/** How often one was answered since its container was started. */
const knocks = async (name: Knocker): Promise<number> =>
  Number(await cluster.at("multi", `set -o pipefail; kubectl logs ${name} | wc -l`));
const answered = (name: Knocker) =>
  eventually(
    `${name} is answered`,
    () => knocks(name).catch(() => 0),
    (seen) => seen > 0,
  );

type Word = "answered" | "refused" | "unreachable" | "silent";

/** What becomes of requests for each URL, by the pod that makes them. */
async function reach(urls: readonly string[]): Promise<Readonly<Record<string, readonly string[]>>> {
  const names = Object.keys(clients);
  const asked = names.map((name, i) => {
    const [namespace, own] = name.split("/");
    const quoted = urls.map((url) => `'${url}'`).join(" ");
    return `kubectl exec -n ${namespace} ${own} -- /bin/testpod reach ${quoted} | tr '\\n' ' ' >/tmp/reached-${i} &`;
  });
  const told = names.map((_, i) => `cat /tmp/reached-${i}; echo`);
  const lines = (await cluster.at("multi", [...asked, "wait", ...told].join("\n"))).split("\n");
  return Object.fromEntries(names.map((name, i) => [name, (lines[i] ?? "").trim().split(" ")]));
}

/** Waits until the db is reached as expected, directly and by its Service alike. */
async function expectReach(what: string, expected: Readonly<Record<Client, Word>>): Promise<void> {
  const urls = [`http://${dbAddress}:8080`, "http://db.default.svc.cluster.local"];
  const wanted = Object.entries(expected).map(([name, word]) => [name, urls.map(() => word)]);
  await eventually(
    what,
    () => reach(urls),
    (seen) => JSON.stringify(seen) === JSON.stringify(Object.fromEntries(wanted)),
    30,
  );
}

const all = (word: Word): Record<Client, Word> =>
  Object.fromEntries(Object.keys(clients).map((name) => [name, word])) as Record<Client, Word>;

const hasTable = async (node: NodeName): Promise<boolean> =>
  (await cluster.attempt(node, "nft list table inet k3s_lab_network_policy")).exitCode === 0;
const tables = async (): Promise<readonly boolean[]> => Promise.all(nodes.map(hasTable));
const everywhere = async (there: boolean): Promise<void> => {
  await eventually(`tables: ${there}`, tables, (seen) => seen.every((one) => one === there), 30);
};

/** A pod's address for the link to its node's other pods. */
async function linkLocal(name: string): Promise<string | undefined> {
  const interfaces = await cluster.kubectl(`exec ${name} -- /bin/testpod read /proc/net/if_inet6`);
  const hex = /^(fe80\w{28}) .* eth0$/m.exec(interfaces)?.[1];
  return hex?.match(/.{4}/g)?.join(":");
}

rootTest("without a policy there are no rules, and everybody reaches everybody", async () => {
  assert.equal(await tables(), [false, false, false]);
  for (const node of nodes) {
    assert.is(await cluster.at(node, "cat /proc/sys/net/bridge/bridge-nf-call-iptables"), "1", node);
  }
  await expectReach("all reach the db", all("answered"));
});

rootTest(
  "a policy without rules closes what it selects, on one node and from others, but not to its node",
  async () => {
    await apply(policy("deny", app("db")));
    await expectReach("nobody reaches the db", all("refused"));
    await everywhere(true);
    const asked = await cluster.at(
      "agent1",
      `exec 3<>/dev/tcp/${dbAddress}/8080; printf 'GET / HTTP/1.0\\r\\n\\r\\n' >&3; tail -1 <&3`,
    );
    assert.match(asked, "db on agent1");
    const { output } = await cluster.attempt("multi", `timeout 10 bash -c 'exec 3<>/dev/tcp/${dbAddress}/8080' 2>&1`);
    assert.match(output, "Connection refused", "another node is answered at once");
    assert.match(await cluster.kubectl("get pod db"), /\s1\/1\s/, "its probes succeed");
    const address = await linkLocal("db");
    if (address) {
      const command = `kubectl exec near -- /bin/testpod reach 'http://[${address}%25eth0]:8080'`;
      assert.is(await cluster.at("multi", command), "silent", "over IPv6");
    }
  },
);

rootTest("rules open: selectors, named ports, blocks of addresses with exceptions", async () => {
  const http = { ports: [{ port: "http" }] };
  const from = (...peers: readonly object[]) => policy("allow", { ...app("db"), ingress: [{ from: peers, ...http }] });
  await apply(from(app("near"), app("far")));
  await expectReach("two clients", { ...all("refused"), "default/near": "answered", "default/far": "answered" });
  await apply(from({ namespaceSelector: { matchLabels: { team: "b" } }, ...app("visitor") }));
  await expectReach("a pod of a namespace", { ...all("refused"), "other/visitor": "answered" });
  const except = [`${await addressOf("default/stranger")}/32`, `${await addressOf("default/far")}/32`];
  await apply(from({ ipBlock: { cidr: "10.42.0.0/16", except } }));
  const closed = { "default/stranger": "refused", "default/far": "refused" } as const;
  await expectReach("all but two addresses", { ...all("answered"), ...closed });
  await apply(policy("allow", { ...app("db"), ingress: [{ ports: [{ port: 8000, endPort: 8079 }] }] }));
  await expectReach("a range of ports without its own", all("refused"));
  await apply(policy("allow", { ...app("db"), ingress: [{ ports: [{ port: 8080, endPort: 8081 }] }] }));
  await expectReach("a range of ports with its own", all("answered"));
  await clear();
  await expectReach("open again", all("answered"));
  await everywhere(false);
});

rootTest("egress: closed, open for DNS, open for one pod by its Service", async () => {
  const egress = (rules: readonly object[]) =>
    policy("out", { podSelector: { matchLabels: { app: "near" } }, policyTypes: ["Egress"], egress: rules });
  const lookup = "exec near -- /bin/testpod lookup db.default.svc.cluster.local";
  const dns = {
    to: [{ namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": "kube-system" } } }],
    ports: ["UDP", "TCP"].map((protocol) => ({ protocol, port: 53 })),
  };
  const answers = async () => (await cluster.attempt("multi", `kubectl ${lookup}`)).exitCode === 0;
  const near = async () => (await reach([`http://${dbAddress}:8080`]))["default/near"]?.[0];
  await apply(egress([]));
  await eventually("nothing is answered", near, (word) => word === "refused", 30);
  assert.not(await answers(), "a name");
  await apply(egress([dns]));
  await eventually("a name", answers, (ok) => ok, 30);
  assert.is(await near(), "refused");
  await apply(egress([dns, { to: [app("db")] }]));
  await expectReach("the db", all("answered"));
  await clear();
});

rootTest("a new pod is not open for a moment, and not kept waiting", async () => {
  const late = (name: string, labels: object) => {
    const one = pod(name, "agent1", ["reach", `http://${dbAddress}:8080`], { spec: { restartPolicy: "Never" } });
    return { ...one, metadata: { name, namespace: "default", labels } };
  };
  await apply(policy("out", { ...app("late"), policyTypes: ["Egress"] }));
  await everywhere(true);
  const count = [1, 2, 3, 4, 5];
  const pods = count.flatMap((i) => [late(`late${i}`, { app: "late" }), late(`prompt${i}`, { app: "prompt" })]);
  await cluster.kubectl("apply -f -", manifest(...pods));
  const names = count.flatMap((i) => [`late${i}`, `prompt${i}`]);
  await cluster.kubectl(
    `wait --for=jsonpath={.status.phase}=Succeeded --timeout=60s ${names.map((name) => `pod/${name}`).join(" ")}`,
  );
  for (const i of count) {
    assert.not.match(await cluster.kubectl(`logs late${i}`), "answered", `late${i}`);
    assert.is(await cluster.kubectl(`logs prompt${i}`), "answered", `prompt${i}`);
  }
  await cluster.kubectl(`delete pod ${names.join(" ")}`);
  await clear();
});

rootTest("K3s that is stopped, or killed while policies change, opens nothing that was closed", async () => {
  const early = await cluster.kubectl("get service early -o jsonpath={.spec.clusterIP}");
  const pods = Object.entries(knockers).map(([name, node]) => pod(name, node, ["knock", `http://${early}`]));
  await cluster.kubectl("apply -f -", manifest(...pods));
  for (const name of ["knock-near", "knock-far"] as const) await answered(name);
  const allow = policy("allow", { ...app("db"), ingress: [{ from: [app("near")] }] });
  await apply(policy("deny", { podSelector: {}, policyTypes: ["Ingress"] }), allow);
  const some = { ...all("refused"), "default/near": "answered" } as const;
  await expectReach("the db is closed to all but one", some);
  const before = [await knocks("knock-near"), await knocks("knock-far")];

  await cluster.at("agent1", "systemctl stop k3s-agent");
  assert.ok(await hasTable("agent1"));
  assert.is((await cluster.attempt("agent1", "pgrep -x testpod")).exitCode, 0, "the pods run");
  await apply(policy("later", { ...app("db"), ingress: [{ from: [app("far")] }] }));
  await new Promise((resolve) => setTimeout(resolve, 2000));
  await cluster.at("agent1", "systemctl start k3s-agent");
  await expectReach("what changed meanwhile", { ...some, "default/far": "answered" });

  const restarts = async (unit: string, node: NodeName) =>
    Number(await cluster.at(node, `systemctl show -p NRestarts --value ${unit}`));
  for (const [unit, node] of [
    ["k3s-agent", "agent1"],
    ["k3s", "multi"],
    ["k3s-agent", "agent1"],
  ] as const) {
    const old = await restarts(unit, node);
    const changes = [1, 2, 3, 4, 5, 6].map((i) => {
      const label = `kubectl label --overwrite pod far round=${i}`;
      const change = policy(`round${i}`, { podSelector: {}, ingress: [{ from: [app(`round${i}`)] }] });
      return `${label}; kubectl apply -f - <<<'${change}'; kubectl delete --ignore-not-found networkpolicy round${i - 1}`;
    });
    const changing = cluster.attempt("multi", `(${changes.join("; ")}) >/dev/null 2>&1`, 90);
    await cluster.at(node, `sleep 0.7; kill -9 $(systemctl show -p MainPID --value ${unit})`);
    await changing;
    await eventually(
      `${node}: a restart`,
      () => restarts(unit, node),
      (count) => count > old,
    );
    await cluster.attempt("multi", "kubectl wait --for=condition=Ready --timeout=60s node --all", 90);
  }
  await expectReach("the same as before", { ...some, "default/far": "answered" });
  const after = [await knocks("knock-near"), await knocks("knock-far")];
  assert.equal(after, before, "nobody who was refused was answered");
});

rootTest("rules that another program deletes come back, and a reboot opens nothing", async () => {
  const some = { ...all("refused"), "default/near": "answered", "default/far": "answered" } as const;
  await cluster.at("agent1", "nft delete table inet k3s_lab_network_policy");
  await eventually(
    "the table",
    () => hasTable("agent1"),
    (there) => there,
    5,
  );
  await expectReach("as before", some);
  const before = await knocks("knock-far");
  const restarts = () => cluster.kubectl("get pod knock-near -o jsonpath={.status.containerStatuses[0].restartCount}");
  const containers = await restarts();
  await reboot(cluster, "agent1");
  await cluster.kubectl("wait --for=condition=Ready --timeout=90s node/agent1");
  const ip = () => addressOf("default/db").catch(() => "");
  dbAddress = await eventually("the db's new address", ip, (seen) => seen !== "" && seen !== dbAddress, 90);
  await cluster.kubectl("wait -A --for=condition=Ready --timeout=90s pod --all");
  await eventually("knock-near's next container", restarts, (count) => count !== containers);
  await expectReach("after the boot", some);
  assert.is(await knocks("knock-near"), 0, "on the node that booted, nobody who is refused was answered");
  assert.is(await knocks("knock-far"), before, "nor on another one");
});

rootTest("k3s-killall.sh leaves no rules, and a start brings them back", async () => {
  await cluster.at("agent2", "k3s-killall.sh >/dev/null 2>&1");
  assert.not(await hasTable("agent2"));
  await cluster.at("agent2", "systemctl start k3s-agent");
  await eventually(
    "the table",
    () => hasTable("agent2"),
    (there) => there,
  );
  await cluster.kubectl("wait -A --for=condition=Ready --timeout=90s pod --all");
});

rootTest("disable-network-policy: no rules, whatever policies there are, until it is taken back", async () => {
  const file = "/etc/rancher/k3s/config.yaml.d/policy.yaml";
  const restart = async () => {
    await cluster.at("multi", "systemctl restart k3s");
    for (const node of ["agent1", "agent2"] as const) await cluster.at(node, "systemctl restart k3s-agent");
    await cluster.kubectl("wait --for=condition=Ready --timeout=90s node --all");
  };
  await cluster.at("multi", `mkdir -p $(dirname ${file}); echo 'disable-network-policy: true' >${file}`);
  await restart();
  await everywhere(false);
  await expectReach("all reach the db", all("answered"));
  for (const name of ["knock-near", "knock-far"] as const) await answered(name); // so they had not ceased to try
  await cluster.kubectl("delete pod knock-near knock-far");
  await cluster.at("multi", `rm ${file}`);
  await restart();
  await everywhere(true);
  await expectReach("closed again", {
    ...all("refused"),
    "default/near": "answered",
    "default/far": "answered",
  });
});

test.run();
