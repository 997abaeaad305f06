import { isRoot, rootOnly } from "@k3s-lab/testbed";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { eventually } from "./eventually.js";
import { addresses, makeCluster, type NodeName, nodes, type TestCluster } from "./world.js";

const test = suite("several servers from modules");
const rootTest = rootOnly("several servers from modules", test);

let cluster: TestCluster;
test.before(async () => {
  if (isRoot) cluster = await makeCluster([...nodes, "agent3"]);
});
test.after(async () => {
  if (isRoot) await cluster?.[Symbol.asyncDispose]();
});

const data = "/var/lib/rancher/k3s";
const added = "/etc/rancher/k3s/config.yaml.d/servers.yaml";
const joining = `server: https://${addresses.multi}:6443`;

const kubectlAt = (node: NodeName, args: string, seconds = 20) =>
  cluster.attempt(node, `timeout ${seconds} k3s kubectl ${args}`, seconds + 10);

async function eventuallyAt(node: NodeName, args: string, right: (output: string) => boolean, seconds = 60) {
  const ask = () => kubectlAt(node, args);
  return eventually(
    `${node}: kubectl ${args}`,
    ask,
    ({ exitCode, output }) => exitCode === 0 && right(output),
    seconds,
  );
}

const readyServers = (node: NodeName, count: number) =>
  eventuallyAt(
    node,
    "get nodes -l node-role.kubernetes.io/control-plane=true,node-role.kubernetes.io/etcd=true",
    (text) => (text.match(/ Ready /g) ?? []).length === count,
  );

/** Makes an agent's machine a server that joins, with a configuration that a server of the lab has. */
async function makeServer(node: NodeName): Promise<void> {
  const config = await cluster.at("multi", "cat /etc/rancher/k3s/config.yaml");
  const own = config.replaceAll("multi", node).replaceAll(addresses.multi, addresses[node]);
  const tokens = await cluster.at("multi", "cd /etc/rancher/k3s && tar c token agent-token | base64 -w0");
  const unit = await cluster.at("multi", "cat /etc/systemd/system/k3s.service");
  await cluster.at(
    node,
    `systemctl disable -q --now k3s-agent && k3s-killall.sh >/dev/null 2>&1; rm -rf /etc/systemd/system/k3s-agent.*
    cd /etc/rancher/k3s && base64 -d <<<${tokens} | tar x && mkdir -p config.yaml.d && echo '${joining}' >${added}
    cat >config.yaml <<'END'\n${own}\nEND
    cat >/etc/systemd/system/k3s.service <<'END'\n${unit}\nEND
    systemctl daemon-reload && systemctl enable -q k3s`,
  );
}

/** What etcd says of its members, asked on a server. */
const members = (node: NodeName) =>
  kubectlAt(node, `get nodes -o jsonpath='{.items[*].metadata.annotations.etcd\\.k3s\\.cattle\\.io/node-name}'`);

rootTest("the objects of an only server move from SQLite to etcd", async () => {
  await cluster.kubectl("create configmap kept --from-literal=of=sqlite");
  await cluster.at(
    "multi",
    `mkdir -p $(dirname ${added}) && echo 'cluster-init: true' >${added} && systemctl restart k3s`,
  );
  await readyServers("multi", 1);
  assert.is(await cluster.kubectl("get configmap kept -o jsonpath='{.data.of}'"), "sqlite");
  const files = await cluster.at("multi", `cd ${data}/server/db && ls -d etcd/member/wal state.db* && stat -c %a etcd`);
  assert.match(files, "etcd/member/wal");
  assert.match(files, "state.db.migrated");
  assert.not.match(files, /^state\.db$/m);
  assert.match(files, /^700$/m);
});

rootTest("two more servers join, and have the same authorities", async () => {
  for (const node of ["agent1", "agent2"] as const) {
    await makeServer(node);
    await cluster.kubectl(`delete node ${node}`);
  }
  // At once: one learns after the other.
  await Promise.all(
    (["agent1", "agent2"] as const).map((node) => cluster.at(node, "systemctl start k3s", { timeout: 120_000 })),
  );
  for (const node of nodes) await readyServers(node, 3);
  const sums = await Promise.all(
    nodes.map((node) =>
      cluster.at(
        node,
        `cd ${data}/server/tls && sha256sum {server,client,request-header,etcd/server,etcd/peer}-ca.{crt,key} service.key`,
      ),
    ),
  );
  assert.is(new Set(sums).size, 1, sums.join("\n"));
  const behind = `get endpointslices -n default kubernetes -o jsonpath='{.endpoints[*].addresses[0]}'`;
  await eventuallyAt("agent1", behind, (text) => text.trim().split(" ").length === 3);
  assert.is((await members("agent2")).output.trim().split(" ").length, 3);
});

/** Adds objects until told to stop, one after the other, and gives the names of those that the API said it has. */
function keepWriting(node: NodeName): () => Promise<readonly string[]> {
  const stop = new AbortController();
  const written = (async () => {
    const names: string[] = [];
    for (let i = 0; !stop.signal.aborted; i++) {
      const { exitCode } = await kubectlAt(node, `create configmap written-${i} --request-timeout=5s`);
      if (exitCode === 0) names.push(`configmap/written-${i}`);
    }
    return names;
  })();
  return () => {
    stop.abort();
    return written;
  };
}

const renewed = (node: NodeName) =>
  kubectlAt("agent1", `get lease -n kube-node-lease ${node} -o jsonpath='{.spec.renewTime}' --request-timeout=5s`);

async function renewsAgain(node: NodeName, seconds: number): Promise<void> {
  const { output: before } = await eventually(
    `lease of ${node}`,
    () => renewed(node),
    (r) => r.exitCode === 0,
    seconds,
  );
  const later = ({ exitCode, output }: { exitCode: number; output: string }) => exitCode === 0 && output > before;
  await eventually(`another lease of ${node}`, () => renewed(node), later, seconds);
}

rootTest("when a server falls silent, writes and agents go on with the others", async () => {
  const known = `cat ${data}/agent/etc/k3s-agent-load-balancer.json`;
  const knowsAll = (text: string) =>
    [addresses.multi, addresses.agent1, addresses.agent2].every((a) => text.includes(a));
  await eventually("the agent's servers", () => cluster.at("agent3", known), knowsAll);
  const stop = keepWriting("agent1");
  await cluster.freeze("multi");
  try {
    const began = performance.now();
    await eventuallyAt("agent1", "create configmap after --request-timeout=5s", () => true, 30);
    assert.ok(performance.now() - began < 30_000);
    await renewsAgain("agent3", 30);
    // Its configuration still names the server that is away.
    await cluster.at("agent3", "systemctl restart k3s-agent");
    await renewsAgain("agent3", 45);
  } finally {
    await cluster.unfreeze("multi");
  }
  const written = await stop();
  assert.ok(written.length > 0);
  await readyServers("multi", 3);
  const { output } = await kubectlAt("multi", "get configmaps -o name");
  const there = output.split("\n");
  assert.equal(
    written.filter((name) => !there.includes(name)),
    [],
    "what the API said it has is lost",
  );
});

rootTest("without a majority the API fails, and a start of another server heals it", async () => {
  for (const node of ["agent1", "agent2"] as const) await cluster.at(node, "systemctl stop k3s");
  const { exitCode } = await kubectlAt("multi", "create configmap lonely --request-timeout=8s");
  assert.is.not(exitCode, 0);
  await cluster.at("agent1", "systemctl start k3s", { timeout: 120_000 });
  await eventuallyAt("multi", "create configmap not-lonely --request-timeout=5s", () => true);
  await cluster.at("agent2", "systemctl start k3s", { timeout: 120_000 });
  await readyServers("multi", 3);
  assert.is(await cluster.at("multi", "systemctl show -p NRestarts --value k3s"), "0");
});

rootTest("a server with an empty disk comes back once its node was deleted", async () => {
  await cluster.at(
    "agent2",
    `systemctl stop k3s && k3s-killall.sh >/dev/null 2>&1; rm -rf ${data}/server /etc/rancher/node; systemctl start --no-block k3s`,
  );
  const why = () => cluster.attempt("agent2", "journalctl -q -u k3s -o cat | grep '^k3s: ' | tail -1");
  await eventually("the refusal", why, ({ output }) => output.includes("duplicate node name found"));
  await cluster.kubectl("delete node agent2 --timeout=60s");
  await readyServers("agent2", 3);
  assert.is((await members("multi")).output.trim().split(" ").length, 3);
});

rootTest("a snapshot brings back what was, on one server, and the others join anew", async () => {
  await cluster.kubectl("create configmap saved");
  const saved = await cluster.at("multi", "k3s etcd-snapshot save");
  const name = /^Snapshot (on-demand-multi-\d+) saved\.$/m.exec(saved)?.[1];
  assert.ok(name, saved);
  assert.match(await cluster.at("multi", "k3s etcd-snapshot ls"), `file://${data}/server/db/snapshots/${name} `);
  await cluster.kubectl("create configmap too-late");
  const reset = `k3s server --cluster-reset --cluster-reset-restore-path=${data}/server/db/snapshots/${name}`;
  const refused = await cluster.attempt("multi", reset);
  assert.match(refused.output, "Stop K3s first");
  assert.is(refused.exitCode, 1);
  const servers = ["multi", "agent1", "agent2"] as const;
  await Promise.all(servers.map((node) => cluster.at(node, "systemctl stop k3s")));
  const done = await cluster.attempt("multi", reset);
  assert.is(done.exitCode, 0, done.output);
  assert.match(done.output, "restart without --cluster-reset flag now");
  await cluster.at("multi", "systemctl start k3s", { timeout: 120_000 });
  const { output } = await eventuallyAt("multi", "get configmaps -o name", () => true);
  assert.match(output, "configmap/saved");
  assert.not.match(output, "configmap/too-late");
  for (const node of ["agent1", "agent2"] as const) {
    await cluster.at(node, `rm -rf ${data}/server/db; systemctl start k3s`, { timeout: 120_000 });
  }
  await readyServers("agent1", 3);
  await renewsAgain("agent3", 60);
});

test.run();
