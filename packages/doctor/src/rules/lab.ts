import { commandsOn } from "@k3s-lab/cluster";
import { lineNaming } from "@k3s-lab/host";
import { nameElsewhere } from "@k3s-lab/registry";
import { type Finding, rule } from "../rule.js";
import type { MachineSeen } from "../survey/survey.js";
import { listed } from "./facts.js";

const machines = "packages/machines/README.md";
const registry = "packages/registry/README.md";

export const hostsEntry = rule({
  id: "R24",
  title: "The server's name leads the host elsewhere",
  severity: "error",
  why: "For the host, `multi:5000` is another computer than for the nodes: images are pushed to where no node pulls them.",
  remedy: "Run `npm run doctor -- --fix`, which enters the server in /etc/hosts.",
  link: registry,
  repair: "registry",
  reads: ["registry"],
  check: ({ host, lab, registry: { registry: wanted } }) => {
    const expected = `${wanted.address} ${wanted.node}`;
    const elsewhere = nameElsewhere(lab, wanted, host.hostsFile, host.name);
    if (elsewhere !== undefined) {
      const { is, remedy } = elsewhere;
      return [{ subject: "/etc/hosts", expected, seen: `${wanted.node} is ${is}`, remedy: `${remedy}.` }];
    }
    const found = lineNaming(wanted.node, lab.id, host.hostsFile);
    if (!lab.config.host.hostsFile || found?.address === wanted.address) return [];
    return [
      { subject: "/etc/hosts", expected, seen: found === undefined ? "none" : `${found.address} ${wanted.node}` },
    ];
  },
});

export const addressTaken = rule({
  id: "R26",
  title: "Another computer has a node's address",
  severity: "error",
  why: "Some of the node's packets arrive at the other computer: connections hang now and then.",
  remedy:
    "Give the node another address with nodes.address, or keep the lab's addresses out of the router's DHCP pool.",
  link: "docs/network.md#modes",
  reads: ["machines", "owners"],
  check: ({ host, machines: seen, routedNodes = [], owners }) =>
    seen.flatMap(({ machine: { name, address, mac } }) => {
      // A cache outlives the computers it tells of: only what was heard just now proves that one is present.
      const cached = [...host.neighbours, ...routedNodes.flatMap(({ ip }) => ip.neighbours)];
      const others = [...cached.filter(({ stale }) => !stale), ...owners]
        .filter((each) => each.address === address && each.mac !== mac.toLowerCase())
        .map((each) => each.mac);
      const also = `${listed([...new Set(others)])} also answers for it`;
      return others.length === 0 ? [] : [{ subject: name, expected: `${address} is ${mac}`, seen: also }];
    }),
});

export const machineStopped = rule({
  id: "R27",
  title: "A machine is not running",
  severity: "error",
  why: "A node whose machine was stopped or destroyed takes no part in the cluster.",
  remedy: "Run `npm run lab:up`, which starts it, or makes it again.",
  link: machines,
  reads: ["machines"],
  check: ({ machines: seen }) =>
    seen
      .filter(({ state }) => state !== "running")
      .map(({ machine, state }) => ({ subject: machine.name, expected: "running", seen: state })),
});

export const relayDown = rule({
  id: "R39",
  title: "The relay to the servers does not run",
  severity: "error",
  why: "In Docker this host reaches several servers by a container of its own, and without it neither API nor registry.",
  remedy: "Run `npm run lab:up`, which starts it, or makes it again with the same ports.",
  link: "docs/docker.md",
  reads: ["relay", "machines"],
  check: ({ relay, machines: seen }) => {
    // R27 tells of machines that stand still, as the relay does then.
    const runs = seen.some(({ machine, state }) => machine.role === "server" && state === "running");
    if (!runs || relay.state === "running") return [];
    const ports = relay.ports.map((port) => `127.0.0.1:${port}`).join(" and ");
    return [{ subject: "relay", expected: `a container that sends ${ports} to ${relay.to}`, seen: relay.state }];
  },
});

export const nodeNotReady = rule({
  id: "R28",
  title: "A node is not Ready",
  severity: "error",
  why: "No pod is started on it, and services lose their endpoints.",
  remedy: "Run `npm run lab:up`; K3s' log on the node shows more.",
  link: "packages/cluster/README.md",
  reads: ["cluster", "machines"],
  check: ({ cluster, machines: seen }) => {
    if (cluster.silence !== undefined) {
      return [{ subject: "Kubernetes API", expected: "an answer", seen: cluster.silence }, ...withoutMajority(seen)];
    }
    return seen.flatMap(({ machine, state }) => {
      const { name } = machine;
      const { obstacle } = cluster.nodes.find((node) => node.name === name) ?? { obstacle: "is not registered" };
      // R27 tells that its machine is not running.
      return obstacle === undefined || state !== "running"
        ? []
        : [
            {
              subject: name,
              expected: "Ready",
              seen: obstacle,
              remedy: `Run \`npm run lab:up\`; \`${commandsOn(machine).log}\` shows more.`,
            },
          ];
    });
  },
});

/** Names the cause where several servers have too few that run; what is lost with their disks, only `lab:up` finds. */
function withoutMajority(seen: readonly MachineSeen[]): readonly Finding[] {
  const servers = seen.filter(({ machine }) => machine.role === "server");
  const running = servers.filter(({ state }) => state === "running").map(({ machine }) => machine.name);
  if (servers.length < 2 || running.length > servers.length / 2) return [];
  return [
    {
      subject: "etcd",
      expected: `more than half of ${servers.length} servers to run`,
      seen: listed(running),
      remedy:
        "Run `npm run lab:up`; where their disks are lost, it says so, and `lab:up -- --reset-quorum` goes on with one that is left.",
    },
  ];
}

export const registrySilent = rule({
  id: "R29",
  title: "The registry does not answer",
  severity: "error",
  why: "No image can be pushed, and no node can pull one.",
  remedy: "Run `npm run lab:up`; `npm run kubectl -- get pods -n kube-system` tells more.",
  link: registry,
  reads: ["registry"],
  check: ({
    registry: {
      registry: { name, endpoint },
      serving,
    },
  }) => (serving ? [] : [{ subject: name, expected: `an answer at ${endpoint}/v2/`, seen: "none" }]),
});

export const podNotRunning = rule({
  id: "R30",
  title: "A pod is not running",
  severity: "warning",
  why: "Others may be waiting for it.",
  remedy: "See `npm run kubectl -- describe pod -n NAMESPACE POD`.",
  link: "packages/cluster/README.md",
  reads: ["cluster"],
  check: ({ cluster }) =>
    cluster.pods.flatMap(({ namespace, name, waitsFor }) =>
      waitsFor === undefined ? [] : [{ subject: `${namespace}/${name}`, expected: "to be running", seen: waitsFor }],
    ),
});
