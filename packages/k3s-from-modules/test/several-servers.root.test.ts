import { isRoot, rootOnly } from "@k3s-lab/testbed";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { eventually } from "./eventually.js";
import { addresses, makeCluster, type NodeName, nodes, type TestCluster } from "./world.js";

const test = suite("several servers from modules");
const rootTest = rootOnly("several servers from modules", test);

let cluster: TestCluster;
test.before(async () => {
  if (isRoot) cluster = await makeCluster();
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

test.run();
