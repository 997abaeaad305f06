import { suite } from "uvu";
import * as assert from "uvu/assert";
import { agent1, link, hostWith, multi, node, now, survey } from "../fixtures/survey.js";
import { examine } from "../../src/examine.js";
import { rules } from "../../src/rules/index.js";
import { finds, seenBy } from "./expect.js";

const test = suite("rules: nodes");
const day = 24 * 60 * 60_000;

test("R15: K3s listens elsewhere, or is registered with another address", () => {
  const at = (address: string) => [
    node(multi, {
      listeners: [
        { address, port: 6443 },
        { address, port: 10250 },
      ],
    }),
  ];
  finds(survey({ nodes: at("10.76.0.10") }), []);
  finds(survey({ nodes: at("0.0.0.0") }), []);
  finds(survey({ nodes: at("10.0.2.15") }), ["R15 multi", "R15 multi"]);
  // K3s has not started: another rule reports that.
  finds(survey({ nodes: [node(multi, { listeners: [] })] }), []);
  const registered = { pods: [], nodes: [{ name: "agent1", internalIp: "10.0.2.15", flannelIp: agent1.address }] };
  assert.equal(seenBy(survey({ cluster: registered }), "R15"), ["as 10.0.2.15"]);
});

test("R20: flannel by another link, from or to another address", () => {
  const by = (below: string, local: string) => {
    const links = [{ ...link("flannel.1", "tunnel"), vxlan: { link: below, local } }];
    return survey({ nodes: [node(agent1, { ip: { ...node(agent1).ip, links } })] });
  };
  finds(by("eth0", agent1.address), []);
  finds(by("eth1", agent1.address), ["R20 agent1"]);
  finds(by("eth0", "10.0.2.15"), ["R20 agent1"]);
  const told = {
    pods: [],
    nodes: [multi, agent1].map(({ name, address }) => ({ name, internalIp: address, flannelIp: "10.0.2.15" })),
  };
  finds(survey({ cluster: told }), ["R20 multi", "R20 agent1"]);
});

test("R21: a clock that is wrong by more than the question took", () => {
  const clock = (node_: number) =>
    survey({ nodes: [node(agent1, { clock: { before: now, node: node_, after: now + 5_000 } })] });
  for (const right of [now - 1_000, now + 4_000, now + 6_500, Number.NaN]) finds(clock(right), []);
  finds(clock(now - 60_000), ["R21 agent1"]);
  assert.equal(seenBy(clock(now - 60_000), "R21"), ["60.0 s behind"]);
  assert.equal(seenBy(clock(now + 15_000), "R21"), ["10.0 s ahead"]);
});

test("R22, R23: certificates that have expired, or will soon", () => {
  const until = (days: number) =>
    survey({ nodes: [node(agent1, { certificates: [{ file: "/tls/kubelet.crt", expires: now + days * day }] })] });
  finds(until(31), []);
  finds(until(29), ["R23 agent1: /tls/kubelet.crt"]);
  finds(until(-1), ["R22 agent1: /tls/kubelet.crt"]);
  assert.equal(seenBy(until(-1), "R22"), ["expires 2026-11-24"]);
});

test("R22, R23: the certificate of the lab's kubeconfig, which outlives what the nodes have renewed", () => {
  const until = (days: number) => {
    const client = { file: "/lab/.lab/kubeconfig", expires: Date.now() + days * day };
    const ready = [multi, agent1].map(({ name }) => ({ name }));
    return survey({ nodes: [], cluster: { nodes: ready, pods: [], client } });
  };
  finds(until(31), []);
  finds(until(29), ["R23 /lab/.lab/kubeconfig"]);
  finds(until(-1), ["R22 /lab/.lab/kubeconfig"]);
});

test("R23: lab:up renews all but authorities", () => {
  const remedyOf = (file: string) => {
    const seen = survey({ nodes: [node(agent1, { certificates: [{ file, expires: now + day }] })] });
    return examine(seen, rules).findings.map(({ remedy, rule }) => remedy ?? rule.remedy)[0] ?? "";
  };
  assert.match(remedyOf("/tls/client-admin.crt"), "Run `npm run lab:up`: it restarts K3s there");
  assert.match(remedyOf("/tls/server-ca.crt"), "Rebuild the lab");
});

test("a remedy names the commands of the node's own service manager", () => {
  const remedies = (serviceManager: "systemd" | "openrc") => {
    const machine = { ...agent1, serviceManager };
    const links = [{ ...link("flannel.1", "tunnel"), vxlan: { link: "eth1", local: agent1.address } }];
    const seen = survey({ nodes: [node(machine, { ip: { ...node(agent1).ip, links } })] });
    return examine(seen, rules).findings.map(({ remedy }) => remedy);
  };
  const why = "Run `npm run lab:up`, then";
  assert.equal(remedies("openrc"), [`${why} \`npm run lab:exec -- agent1 rc-service k3s-agent restart\`.`]);
  assert.equal(remedies("systemd"), [`${why} \`npm run lab:exec -- agent1 systemctl restart k3s-agent\`.`]);
});

test("R25: a full disk is reported, the host's only once", () => {
  const disk = (size: number, available: number) => ({ place: "/", size, available });
  finds(survey({ host: hostWith({ disk: disk(200, 31) }) }), []);
  const full = survey({ host: hostWith({ disk: disk(200, 29) }), nodes: [node(agent1, { disks: [disk(200, 29)] })] });
  finds(full, ["R25 host"]);
  finds(survey({ host: hostWith({ disk: { ...disk(200, 100), inodes: 1000, freeInodes: 149 } }) }), ["R25 host"]);
  finds(survey({ nodes: [node(agent1, { disks: [disk(50, 1)] })] }), ["R25 agent1"]);
});

test.run();
