import { faultText } from "@k3s-lab/guard";
import { describeCluster } from "../src/describe-cluster.js";
import { decideCluster } from "../src/cluster.js";
import { askedBy } from "../src/fetch-cluster.js";
import { k3sPaths } from "../src/paths.js";
import { clusterRecord } from "../src/record.js";
import { machinesRecord } from "@k3s-lab/machines";
import { emptyLab, fakeDriver, machines, network, nowhere, release } from "./world.js";
import { suite } from "uvu";
import * as assert from "uvu/assert";

const test = suite("cluster describe");
const { signal } = new AbortController();
const asked = { source: "auto", version: "v1.34.4+k3s1", baseUrl: "https://example.org" } as const;

test("before the first up there is nothing to describe", async () => {
  assert.is(await describeCluster(await emptyLab(), signal), undefined);
});

test("where the API does not answer, the reason is told, and which nodes there should be", async () => {
  const lab = await emptyLab();
  lab.state.write(machinesRecord, { lan: network.lan, gateway: "10.76.0.1", ...machines });
  const brought = { ...release, source: "package" } as const;
  lab.state.write(clusterRecord, decideCluster(lab, network, machines, { asked, release: brought }));
  const described = await describeCluster(lab, signal, nowhere());
  assert.match(described?.silence ?? "", /ENOENT.*kubeconfig/);
  assert.equal(
    described?.nodes.map(({ name, role, address, ready }) => [name, role, address, ready]),
    [
      ["multi", "server", "10.76.0.10", false],
      ["agent1", "agent", "10.76.0.11", false],
      ["agent2", "agent", "10.76.0.12", false],
    ],
  );
  assert.equal(described?.lacks, ["traefik", "helm-controller"]);
});

test("of each machine that can be entered, its routes and resolvers are told, by one process", async () => {
  const lab = await emptyLab();
  lab.state.write(machinesRecord, { lan: network.lan, gateway: "10.76.0.1", ...machines });
  lab.state.write(clusterRecord, decideCluster(lab, network, machines, { asked, release }));
  const ways = [
    '[{"dst":"default","gateway":"10.76.0.1","dev":"eth0"},{"type":"unreachable","dst":"10.42.0.0/16","dev":"lo"}]',
    "resolver 192.0.2.53",
  ].join("\n");
  const driver = fakeDriver((name) => (name === "agent2" ? undefined : { ways }));
  const { nodes = [] } = (await describeCluster(lab, signal, driver)) ?? {};
  const [multi, , agent2] = nodes;
  assert.equal(multi?.routes, [{ to: "default", via: "10.76.0.1", dev: "eth0" }]);
  assert.equal(multi?.resolvers, ["192.0.2.53"]);
  assert.equal(multi?.certificates, []);
  assert.equal([agent2?.routes, agent2?.resolvers, agent2?.certificates], [undefined, undefined, undefined]);
  assert.is(driver.asked.length, 2, "one process for each machine that runs");
});

test("of each machine that can be entered, its guard is told", async () => {
  const lab = await emptyLab();
  lab.state.write(machinesRecord, { lan: network.lan, gateway: "10.76.0.1", ...machines });
  lab.state.write(clusterRecord, decideCluster(lab, network, machines, { asked, release }));
  const driver = fakeDriver((name) => (name === "agent2" ? undefined : { guard: "guard enabled\nguard watched" }));
  const { nodes = [] } = (await describeCluster(lab, signal, driver)) ?? {};
  assert.equal(
    nodes.map(({ name, guard }) => [name, guard?.by, guard?.faults.map(faultText)]),
    [
      ["multi", "nothing", ["the guard has no rules", "no last route for 10.42.0.0/16"]],
      ["agent1", "nothing", ["the guard has no rules", "no last route for 10.42.0.0/16"]],
      ["agent2", undefined, undefined],
    ],
  );
});

test("a node whose K3s has ended is not Ready, whatever the API says of it", async () => {
  const lab = await emptyLab();
  lab.state.write(machinesRecord, { lan: network.lan, gateway: "10.76.0.1", ...machines });
  lab.state.write(clusterRecord, decideCluster(lab, network, machines, { asked, release }));
  const services = {
    multi: "asked\nservice ActiveState=active",
    agent1: "asked\nservice ActiveState=activating",
    agent2: "",
  };
  const driver = fakeDriver((name) => ({ runs: services[name as keyof typeof services] }));
  const { nodes = [] } = (await describeCluster(lab, signal, driver)) ?? {};
  const silence = "is unknown: the API does not answer";
  assert.equal(
    nodes.map(({ ready, obstacle }) => [ready, obstacle]),
    [
      [false, silence],
      [false, "K3s does not run"],
      [false, silence],
    ],
  );
});

test("an upgrade is told of: one that lab.yaml asks for, and one that has not come to every node", async () => {
  const lab = await emptyLab();
  lab.state.write(machinesRecord, { lan: network.lan, gateway: "10.76.0.1", ...machines });
  const upgradeOf = async (has: { readonly version: string; readonly agent2: string }) => {
    const before = { ...askedBy(lab), version: has.version };
    lab.state.write(clusterRecord, decideCluster(lab, network, machines, { asked: before, release }));
    const sums = { multi: release.binary.sha256, agent1: release.binary.sha256, agent2: has.agent2 };
    const driver = fakeDriver((name) => ({ installed: `${sums[name as keyof typeof sums]}  ${k3sPaths.binary}\n` }));
    return (await describeCluster(lab, signal, driver))?.upgrade;
  };
  const { version } = askedBy(lab);
  assert.is(await upgradeOf({ version, agent2: release.binary.sha256 }), undefined);
  assert.equal(await upgradeOf({ version, agent2: "former" }), { to: release.version, missing: ["agent2"] });
  const another = await upgradeOf({ version: "v1.34.3+k3s1", agent2: release.binary.sha256 });
  assert.equal(another, { to: version, missing: [] });
});

test.run();
