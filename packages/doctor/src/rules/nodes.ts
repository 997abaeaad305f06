import { commandsOn } from "@k3s-lab/cluster";
import { diskShares } from "@k3s-lab/machines";
import { rule } from "../rule.js";
import type { Disk, NodeSeen } from "../survey/node-seen.js";
import type { ClusterSeen } from "../survey/read-cluster.js";
import { listed, remedies } from "./facts.js";

const cluster = "packages/cluster/README.md";
const weeks = "docs/how-to/keep-a-lab-for-weeks.md#certificates";
const kubelet = 10250;
const apiServer = 6443;

export const wrongListener = rule({
  id: "R15",
  title: "K3s uses the wrong interface",
  severity: "error",
  why: "K3s takes the interface of the default route unless it is told another: nodes then meet at an address that leads elsewhere.",
  remedy: "Run `npm run lab:up`; a file in the node's /etc/rancher/k3s/config.yaml.d may override what it sets.",
  link: cluster,
  reads: ["nodes"],
  check: ({ nodes, cluster: seen }) =>
    nodes.flatMap(({ machine, listeners }) => {
      const { name: subject, address, role } = machine;
      const ports = role === "server" ? [apiServer, kubelet] : [kubelet];
      const { internalIp: registered = address } = seen?.nodes.find(({ name }) => name === subject) ?? {};
      const elsewhere = ports.flatMap((port) => {
        const at = listeners.filter((each) => each.port === port).map((each) => each.address);
        return at.length === 0 || at.includes("0.0.0.0") || at.includes(address)
          ? []
          : [{ subject, expected: `port ${port} at ${address}`, seen: `at ${listed(at)}` }];
      });
      return registered === address
        ? elsewhere
        : [...elsewhere, { subject, expected: `registered as ${address}`, seen: `as ${registered}` }];
    }),
});

export const wrongFlannel = rule({
  id: "R20",
  title: "flannel uses the wrong interface",
  severity: "error",
  why: "flannel takes its source address from the default route's interface (k3s-io/k3s#11476): pods of two nodes do not reach each other.",
  remedy: "Run `npm run lab:up`, then restart K3s on the node.",
  link: cluster,
  reads: ["routedNodes"],
  check: ({ routedNodes, cluster: seen }) =>
    routedNodes.flatMap(({ machine, ip }) => {
      const { name: subject, interface: link, address } = machine;
      const flannel = ip.links.find(({ name, vxlan }) => vxlan !== undefined && name.startsWith("flannel"));
      const { link: by, local: from } = flannel?.vxlan ?? {};
      const told = seen?.nodes.find(({ name }) => name === subject)?.flannelIp;
      const remedy = `Run \`npm run lab:up\`, then \`${commandsOn(machine).restart}\`.`;
      const isWrong = (by ?? link) !== link || (from ?? address) !== address;
      return [
        ...(isWrong
          ? [
              {
                subject,
                expected: `${flannel?.name} by ${link} from ${address}`,
                seen: `by ${by ?? "no link"} from ${from ?? "no address"}`,
                remedy,
              },
            ]
          : []),
        ...((told ?? address) === address
          ? []
          : [{ subject, expected: `other nodes send to ${address}`, seen: `to ${told}`, remedy }]),
      ];
    }),
});

/** Milliseconds that do no harm. */
const smallSkew = 2_000;

export const clockSkew = rule({
  id: "R21",
  title: "A clock is wrong",
  severity: "warning",
  why: "To a clock that is wrong, certificates and tokens are not valid yet, or no longer; leases of nodes expire.",
  remedy: "Set the clock of the node, or of the host; a machine that was suspended may need a restart.",
  link: cluster,
  reads: ["nodes"],
  check: ({ nodes }) =>
    nodes.flatMap(({ machine, clock: { before, node, after } }) => {
      // The question took time: the node answered somewhere in between.
      const skew = node < before ? node - before : Math.max(0, node - after);
      const seen = `${(Math.abs(skew) / 1000).toFixed(1)} s ${skew < 0 ? "behind" : "ahead"}`;
      // A node that did not tell its time has a skew of NaN, which is not greater.
      return Math.abs(skew) > smallSkew ? [{ subject: machine.name, expected: "the host's time", seen }] : [];
    }),
});

const day = 24 * 60 * 60_000;
/** K3s renews what expires within 120 days when it starts (90 before v1.31). */
const soon = 30 * day;

export const expired = rule({
  id: "R22",
  title: "A certificate has expired",
  severity: "error",
  why: "No client trusts the API server, the kubelet or the client that it belongs to any more.",
  remedy: remedies.renew,
  link: weeks,
  reads: ["nodes"],
  check: (seen) => certificates(seen, (left) => left <= 0),
});

export const expiresSoon = rule({
  id: "R23",
  title: "A certificate expires soon",
  severity: "warning",
  why: "K3s renews certificates when it starts, not while it runs.",
  remedy: remedies.renew,
  link: weeks,
  reads: ["nodes"],
  check: (seen) => certificates(seen, (left) => left > 0 && left < soon),
});

function certificates(
  seen: { readonly nodes: readonly NodeSeen[]; readonly cluster?: ClusterSeen },
  isWrong: (left: number) => boolean,
) {
  const ofNodes = seen.nodes.flatMap(({ machine, certificates: all, clock }) =>
    all.map(({ file, expires }) => ({ subject: `${machine.name}: ${file}`, expires, now: clock.after })),
  );
  const { client } = seen.cluster ?? {};
  const ofHost = client === undefined ? [] : [{ subject: client.file, expires: client.expires, now: Date.now() }];
  return [...ofNodes, ...ofHost]
    .filter(({ expires, now }) => isWrong(expires - now))
    .map(({ subject, expires }) => ({
      subject,
      expected: "more than 30 days left",
      seen: `expires ${new Date(expires).toISOString().slice(0, 10)}`,
      remedy: subject.endsWith("-ca.crt") ? remedies.replaceAuthority : undefined,
    }));
}

const littleLeft = diskShares.deletesImages;

export const diskFull = rule({
  id: "R25",
  title: "A disk is nearly full",
  severity: "warning",
  why: "At 85 % kubelet begins to delete images, pushed ones too; at 95 % K3s evicts pods.",
  remedy: "Make room: remove images of old builds, `~/.cache/k3s-lab`, and labs that are no longer needed.",
  link: cluster,
  reads: [],
  check: ({ host: { disk }, nodes = [] }) => [
    ...full("host", disk === undefined ? [] : [disk]),
    // Containers lie on the host's disk, which is reported once, as the host's.
    ...nodes.flatMap(({ machine, disks }) =>
      full(
        machine.name,
        disks.filter(({ size }) => size !== disk?.size),
      ),
    ),
  ],
});

function full(subject: string, disks: readonly Disk[]) {
  return disks.flatMap(({ place, size, available, inodes = 0, freeInodes = 0 }) =>
    [
      { of: place, whole: size, left: available, amount: `${(available / 2 ** 30).toFixed(1)} GiB` },
      { of: `the inodes of ${place}`, whole: inodes, left: freeInodes, amount: String(freeInodes) },
    ]
      .filter(({ whole, left }) => whole > 0 && left / whole < littleLeft)
      .map(({ of, whole, left, amount }) => ({
        subject,
        expected: `more than ${littleLeft * 100} % of ${of} free`,
        seen: `${Math.floor((left / whole) * 100)} %, ${amount}`,
      })),
  );
}
