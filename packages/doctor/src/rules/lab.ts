import { rule } from "../rule.js";
import { listed } from "./facts.js";

const machines = "packages/machines/README.md";
const registry = "packages/registry/README.md";

export const hostsEntry = rule({
  id: "R24",
  title: "The host finds another server by the server's name",
  severity: "error",
  why: "`multi:5000` is another computer for the host than for the nodes: images are pushed to where nobody pulls them.",
  remedy: "Run `npm run doctor -- --fix`; where another line names it first, take that out of /etc/hosts.",
  link: registry,
  mend: "hosts",
  reads: ["registry"],
  check: ({
    host,
    lab,
    registry: {
      registry: { node, address },
    },
  }) => {
    if (!lab.config.host.hostsFile) return [];
    const seen = addressIn(host.hostsFile, node);
    if (seen === address) return [];
    return [
      { subject: "/etc/hosts", expected: `${address} ${node}`, seen: seen === undefined ? "none" : `${seen} ${node}` },
    ];
  },
});

/** The first line that has a name counts. */
function addressIn(hosts: string, name: string): string | undefined {
  for (const line of hosts.split("\n")) {
    const [address, ...names] = line.replace(/#.*/, "").trim().split(/\s+/);
    if (names.includes(name) && address?.includes(".")) return address;
  }
  return undefined;
}

export const addressTaken = rule({
  id: "R26",
  title: "Somebody else has a node's address",
  severity: "error",
  why: "Some of the node's packets arrive at the other: connections hang now and then.",
  remedy: "Give the node another address with nodes.address, or keep the lab's out of the router's DHCP pool.",
  link: "docs/network.md#modes",
  reads: ["machines", "owners"],
  check: ({ host, machines: seen, routedNodes = [], owners }) =>
    seen.flatMap(({ machine: { name, address, mac } }) => {
      // A cache outlives who was there before: only what was heard just now tells of somebody who is there.
      const cached = [...host.neighbours, ...routedNodes.flatMap(({ ip }) => ip.neighbours)];
      const learned = cached.filter(({ stale }) => stale !== true);
      const others = [...learned, ...owners].filter((each) => each.address === address).map((each) => each.mac);
      const strangers = [...new Set(others)].filter((each) => each !== mac.toLowerCase());
      if (strangers.length === 0) return [];
      return [{ subject: name, expected: `${address} is ${mac}`, seen: `${listed(strangers)} answers for it, too` }];
    }),
});

export const machineDown = rule({
  id: "R27",
  title: "A machine does not run",
  severity: "error",
  why: "A node whose machine was stopped or destroyed is no part of the cluster.",
  remedy: "Run `npm run lab:up`, which starts it, or makes it anew.",
  link: machines,
  reads: ["machines"],
  check: ({ machines: seen }) =>
    seen
      .filter(({ state }) => state !== "running")
      .map(({ machine, state }) => ({ subject: machine.name, expected: "running", seen: state })),
});

export const nodeNotReady = rule({
  id: "R28",
  title: "A node is not Ready",
  severity: "error",
  why: "No pod is started there, and services lose their endpoints.",
  remedy: "Run `npm run lab:up`; `npm run lab:exec -- NODE journalctl -u 'k3s*'` says more.",
  link: "packages/cluster/README.md",
  reads: ["cluster", "machines"],
  check: ({ cluster, machines: seen }) => {
    if (cluster.silence !== undefined) {
      return [{ subject: "Kubernetes API", expected: "an answer", seen: cluster.silence }];
    }
    return seen.flatMap(({ machine: { name }, state }) => {
      const object = cluster.nodes.find((node) => node.name === name);
      const obstacle = object === undefined ? "is not registered" : object.obstacle;
      // That its machine stands still is said by R27.
      if (obstacle === undefined || state !== "running") return [];
      return [{ subject: name, expected: "Ready", seen: obstacle }];
    });
  },
});

export const registryMute = rule({
  id: "R29",
  title: "The registry does not answer",
  severity: "error",
  why: "Nothing can be pushed, and no node pulls what was.",
  remedy: "Run `npm run lab:up`; `npm run kubectl -- get pods -n kube-system` says more.",
  link: registry,
  reads: ["registry"],
  check: ({
    registry: {
      registry: { name, endpoint },
      serving,
    },
  }) => (serving ? [] : [{ subject: name, expected: `an answer at ${endpoint}/v2/`, seen: "none" }]),
});

export const podWaits = rule({
  id: "R30",
  title: "A pod does not run",
  severity: "warning",
  why: "It may be one that others wait for.",
  remedy: "See `npm run kubectl -- describe pod -n NAMESPACE POD`.",
  link: "packages/cluster/README.md",
  reads: ["cluster"],
  check: ({ cluster }) =>
    cluster.pods.flatMap(({ namespace, name, waitsFor }) =>
      waitsFor === undefined ? [] : [{ subject: `${namespace}/${name}`, expected: "to work", seen: waitsFor }],
    ),
});
