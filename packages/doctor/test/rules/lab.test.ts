import { suite } from "uvu";
import * as assert from "uvu/assert";
import { agent1, hostWith, multi, node, survey } from "../fixtures/survey.js";
import { finds, seenBy } from "./expect.js";

const test = suite("rules: the lab");

test("R24: the hosts file names another server, or none, or another line comes first", () => {
  const hosts = (hostsFile: string) => survey({ host: hostWith({ hostsFile }) });
  finds(hosts("10.76.0.10 other multi # the server\n"), []);
  const taken = hosts("10.76.0.99 multi\n10.76.0.10 multi\n");
  finds(taken, ["R24 /etc/hosts"]);
  assert.equal(seenBy(taken, "R24"), ["multi is 10.76.0.99 (/etc/hosts, line 1)"]);
  finds(survey({ host: hostWith({ name: "multi", hostsFile: "10.76.0.10 multi\n" }) }), ["R24 /etc/hosts"]);
  assert.equal(seenBy(hosts("#10.76.0.10 multi\n::1 multi\n"), "R24"), ["none"]);
  const { lab } = survey();
  const config = { ...lab.config, host: { ...lab.config.host, hostsFile: false } };
  finds(survey({ lab: { ...lab, config }, host: hostWith({ hostsFile: "" }) }), []);
});

test("R26: another MAC address was learned for a node's address, or answers for one that is not running", () => {
  const stranger = { address: agent1.address, dev: "eth0", mac: "02:00:00:00:00:77", stale: false };
  const own = { ...stranger, mac: agent1.mac.toUpperCase() };
  finds(survey({ host: hostWith({ neighbours: [{ ...own, mac: own.mac.toLowerCase() }] }) }), []);
  finds(survey({ host: hostWith({ neighbours: [stranger] }) }), ["R26 agent1"]);
  finds(survey({ host: hostWith({ neighbours: [{ ...stranger, stale: true }] }) }), []);
  const told = node(multi, { ip: { ...node(multi).ip, neighbours: [stranger] } });
  finds(survey({ nodes: [told] }), ["R26 agent1"]);
  const stopped = [{ machine: agent1, state: "stopped" as const }];
  const owners = [{ address: agent1.address, mac: stranger.mac }];
  finds(survey({ machines: stopped, owners }), ["R26 agent1", "R27 agent1"]);
});

test("R27: a machine that is stopped, or gone", () => {
  for (const state of ["stopped", "absent"] as const) {
    const seen = survey({
      machines: [
        { machine: multi, state: "running" },
        { machine: agent1, state },
      ],
    });
    finds(seen, ["R27 agent1"]);
    assert.equal(seenBy(seen, "R27"), [state]);
  }
});

test("R39: a relay that does not run while a server does", () => {
  const seen = (state: "running" | "absent" | "stopped" | "outdated", server: "running" | "stopped" = "running") =>
    survey({
      relay: { state, ports: [20001, 20002], to: "10.76.0.14" },
      machines: [{ machine: multi, state: server }],
    });
  finds(seen("running"), []);
  for (const state of ["absent", "stopped", "outdated"] as const) {
    finds(seen(state), ["R39 relay"]);
    assert.equal(seenBy(seen(state), "R39"), [state]);
  }
  finds(seen("stopped", "stopped"), ["R27 multi"]);
});

test("R28: a node that is not Ready or not registered, and an API that does not answer", () => {
  const { cluster } = survey();
  const nodes = (cluster?.nodes ?? []).map((each) =>
    each.name === "agent1" ? { ...each, obstacle: "is not Ready: x" } : each,
  );
  finds(survey({ cluster: { nodes, pods: [] } }), ["R28 agent1"]);
  finds(survey({ cluster: { nodes: nodes.slice(0, 1), pods: [] } }), ["R28 agent1"]);
  // It is enough to report that its machine is not running.
  const stopped = [
    { machine: multi, state: "running" as const },
    { machine: agent1, state: "stopped" as const },
  ];
  finds(survey({ cluster: { nodes, pods: [] }, machines: stopped }), ["R27 agent1"]);
  finds(survey({ cluster: { nodes: [], pods: [], silence: "cannot be asked" } }), ["R28 Kubernetes API"]);
});

test("R28: an API that does not answer because too few of several servers run", () => {
  const server = (name: string, state: "running" | "absent") => ({ machine: { ...multi, name }, state });
  const silent = { nodes: [], pods: [], silence: "cannot be asked" };
  const seen = (second: "running" | "absent") =>
    survey({
      cluster: silent,
      machines: [server("multi", "running"), server("server2", second), server("server3", "absent")],
    });
  finds(seen("running"), ["R27 server3", "R28 Kubernetes API"]);
  finds(seen("absent"), ["R27 server2", "R27 server3", "R28 Kubernetes API", "R28 etcd"]);
  assert.equal(seenBy(seen("absent"), "R28"), ["cannot be asked", "multi"]);
});

test("R29, R30: a registry that does not answer, a pod that is not running", () => {
  const { registry, cluster } = survey();
  if (registry === undefined || cluster === undefined) throw new Error("no cluster");
  finds(survey({ registry: { ...registry, serving: false } }), ["R29 multi:5000"]);
  const pods = cluster.pods.map((pod) => ({ ...pod, waitsFor: "ImagePullBackOff" }));
  finds(survey({ cluster: { ...cluster, pods } }), ["R30 kube-system/coredns-1"]);
});

test.run();
