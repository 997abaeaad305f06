import { faultText } from "@k3s-lab/guard";
import { parseCidr } from "@k3s-lab/ip";
import { setupRows } from "@k3s-lab/registry";
import { bytesText, type Colour, type Paint, plainPaint } from "@k3s-lab/steps";
import { alignColumns } from "./align-columns.js";
import type { LabCertificate, LabStatus } from "./show-lab.js";
import { counted } from "./show-plan.js";
import { sourceWords } from "./summarize-lab.js";

const day = 24 * 3_600_000;
/** How many days before its end a certificate is worth a warning. */
const soon = 30;
const shownRepositories = 10;

const stateColours: Readonly<Record<LabStatus["state"], Colour>> = { up: "green", degraded: "yellow", stopped: "red" };

/** Renders how a lab is, for a person. `now`: milliseconds since 1970. */
export function renderStatus(status: LabStatus, paint: Paint = plainPaint, now: number = Date.now()): string {
  const { name, state, nodes, k3s, podsNotRunning, kubeconfig, network, certificates } = status;
  const missing = (network?.missing ?? []).map((sentence) => `  ${paint("yellow", sentence)}`);
  const pods = podsNotRunning.map((pod) => `  ${pod.namespace}/${pod.name} ${paint("yellow", pod.waitsFor)}`);
  const ending = certificates.filter(({ ends }) => Date.parse(ends) - now < soon * day);
  return [
    `${paint("bold", `Lab ${name}`)}: ${paint(stateColours[state], state)}`,
    "",
    ...alignColumns(nodes.map((node) => nodeCells(node, paint))),
    "",
    ...alignColumns([
      ["  K3s", `${k3s.version} from ${sourceWords(k3s.source)}`],
      ...upgradeRows(status, paint),
      ...(k3s.lacks.length === 0 ? [] : [["  Without", k3s.lacks.join(", ")]]),
      ["  API", k3s.silence === undefined ? k3s.server : `${k3s.server}: ${paint("red", k3s.silence)}`],
      ...relayRows(status, paint),
      ...registryRows(status, paint),
      ...serviceRows(status, paint),
      ["  Kubeconfig", kubeconfig],
      ...certificateRows(certificates, now),
      ...networkRows(status, paint),
      ...wayRows(status),
    ]),
    ...(ending.length === 0 ? [] : ["", ...ending.map((each) => `  ${endingWords(each, paint, now)}`)]),
    ...(missing.length === 0 ? [] : ["", "Missing on the host; `npm run doctor -- --fix` restores it:", ...missing]),
    ...(pods.length === 0 ? [] : ["", "Pods that do not run:", ...pods]),
    ...(state === "up" ? [] : ["", next[state]]),
  ].join("\n");
}

const next = {
  degraded: "`npm run lab:plan` shows what is to be done, `npm run lab:up` does it.",
  stopped: "`npm run lab:start` starts it, with all its data.",
} as const;

function nodeCells(node: LabStatus["nodes"][number], paint: Paint): readonly string[] {
  const machineColour = node.machine === "running" ? "green" : node.machine === "unknown" ? "dim" : "red";
  return [
    `  ${paint("bold", node.name)}`,
    node.role,
    node.address,
    paint(machineColour, node.machine),
    node.version ?? paint("dim", "version unknown"),
    node.ready ? paint("green", "Ready") : paint("red", `not Ready: ${node.obstacle}`),
    guardWords(node.guard, paint),
  ];
}

function guardWords(guard: LabStatus["nodes"][number]["guard"], paint: Paint): string {
  if (guard === undefined) return paint("dim", "guard unknown");
  if (guard.faults.length > 0) return paint("red", `not guarded: ${guard.faults.map(faultText).join(", ")}`);
  const { services, pods } = guard.rejected;
  const rejected = [services, pods].flatMap((each) => Object.values(each)).reduce((sum, count) => sum + count, 0);
  return `guarded by ${guard.by}, rejected ${rejected}`;
}

function upgradeRows({ k3s, nodes }: LabStatus, paint: Paint): readonly (readonly string[])[] {
  if (k3s.upgrade === undefined) return [];
  const { to, missing, refused } = k3s.upgrade;
  if (refused !== undefined) {
    return [["  Upgrade", paint("red", `lab.yaml asks for one that ${refused}, which \`npm run lab:up\` refuses`)]];
  }
  if (missing.length === 0) {
    return [["  Upgrade", paint("yellow", `to ${to}: lab.yaml asks for it; \`npm run lab:up\` rolls it out`)]];
  }
  const has = (name: string) => nodes.find((node) => node.name === name)?.version ?? "another version";
  const words = missing.map((name) => `${name} still has ${has(name)}`).join(", ");
  return [["  Upgrade", paint("yellow", `to ${to}: ${words}; \`npm run lab:up\` goes on`)]];
}

/** What stands between this host and servers that may all be well. Of a lab that stands still it is no news. */
function relayRows({ relay, state }: LabStatus, paint: Paint): readonly (readonly string[])[] {
  if (relay === undefined || relay.state === "running" || state === "stopped") return [];
  const way = `from 127.0.0.1 to the servers' address ${relay.to}`;
  const seen = paint("red", `${relayWords[relay.state]}, so this host reaches neither API nor registry`);
  return [["  Relay", `${way}: ${seen}; \`npm run lab:up\` repairs it`]];
}

const relayWords = {
  absent: "its container is gone",
  stopped: "its container does not run",
  outdated: "its container was made for another network or other ports",
} as const;

function registryRows({ registry }: LabStatus, paint: Paint): readonly (readonly string[])[] {
  if (registry === undefined) return [["  Registry", paint("yellow", "not deployed yet")]];
  const { name, endpoint, serving, repositories, disk, caches, hostsEntries } = registry;
  const tags = (repositories ?? []).reduce((sum, each) => sum + each.tags.length, 0);
  const count = repositories?.length ?? 0;
  const holds = [
    ...(repositories === undefined ? [] : [`${count} repositor${count === 1 ? "y" : "ies"}, ${counted(tags, "tag")}`]),
    ...(disk === undefined ? [] : [`${bytesText(disk.used)} on disk, ${bytesText(disk.free)} free`]),
  ];
  const shown = (repositories ?? []).slice(0, shownRepositories);
  const more = count - shown.length;
  return [
    ["  Registry", `${name} at ${endpoint}${serving ? "" : `: ${paint("red", "does not answer")}`}`],
    ...(holds.length === 0 ? [] : [["", holds.join("; ")]]),
    ...shown.map((each) => ["", `  ${each.name}: ${each.tags.join(", ") || paint("dim", "no tag")}`]),
    ...(more > 0 ? [["", paint("dim", `  and ${more} more; --json has them all`)]] : []),
    ...(registry.signIn === undefined && registry.trust === undefined ? [] : setupRows(registry)).map(
      ([title, line]) => [`  ${title}`, line],
    ),
    ...(caches === undefined
      ? []
      : [
          [
            "  Caches of",
            `${caches.registries.join(", ")}${caches.folder === undefined ? "" : `, in ${caches.folder}`}`,
          ],
        ]),
    ...(hostsEntries.length === 0 ? [] : [["  Hosts file", hostsEntries.join(", ")]]),
  ];
}

/** How the host reaches Services of type LoadBalancer, or what would let it. */
function serviceRows({ services }: LabStatus, paint: Paint): readonly (readonly string[])[] {
  const words = services.flatMap(({ namespace, name, ports }) =>
    ports.map(({ port, protocol, at, publish }) => {
      const what = `${namespace}/${name}${protocol === "TCP" ? "" : ` (${protocol})`}`;
      if (publish === undefined) return `${what} at ${at.join(", ")}`;
      const remedy = `machines.docker.ports: ["${publish}"] in lab.yaml publishes it`;
      return `${what}: ${paint("yellow", `this host does not reach its port ${port}`)}; ${remedy}`;
    }),
  );
  return words.map((each, index) => [index === 0 ? "  Services" : "", each]);
}

function certificateRows(certificates: readonly LabCertificate[], now: number): readonly (readonly string[])[] {
  const [first] = certificates;
  if (first === undefined) return [];
  return [
    [
      "  Certificates",
      `${certificates.length}, the first ${Date.parse(first.ends) < now ? "ended" : "ends"} ${whenWords(first, now)}: ${first.on} ${first.name}`,
    ],
  ];
}

function endingWords(certificate: LabCertificate, paint: Paint, now: number): string {
  const { on, name, ends } = certificate;
  const isOver = Date.parse(ends) <= now;
  const what = isOver ? `ended on ${ends.slice(0, 10)}` : `ends ${whenWords(certificate, now)}`;
  return paint(isOver ? "red" : "yellow", `${on}: ${name} ${what}${renewal(certificate)}`);
}

/** Says what renews a certificate, which those of K3s' authorities are not. */
function renewal({ name }: LabCertificate): string {
  return name.endsWith("-ca.crt") ? "" : "; `npm run lab:up` renews it";
}

/** "in 364 days (2027-11-30)" */
function whenWords({ ends }: Pick<LabCertificate, "ends">, now: number): string {
  const left = Math.floor((Date.parse(ends) - now) / day);
  return left < 0
    ? `${counted(-left, "day")} ago (${ends.slice(0, 10)})`
    : `in ${counted(left, "day")} (${ends.slice(0, 10)})`;
}

function networkRows({ network }: LabStatus, paint: Paint): readonly (readonly string[])[] {
  if (network === undefined) return [];
  return [
    ["  Network", `${network.subnet} on ${network.link}, uplink ${network.uplink ?? "none"}`],
    ["  Host", hostWords(network.missing, paint)],
    ...(network.rejected === undefined ? [] : [["", `guarded by nftables, rejected ${network.rejected}`]]),
    ["  Cluster", `pods ${network.podCidr}, services ${network.serviceCidr}`],
  ];
}

function hostWords(missing: readonly string[] | undefined, paint: Paint): string {
  if (missing === undefined) return paint("dim", "rules, routes and firewall: only root can see them");
  if (missing.length > 0) return paint("red", "rules, routes and firewall are not as the lab needs them, see below");
  return "rules, routes, firewall and forwarding as the lab needs them";
}

/** Routes and resolvers: once, where they are the same on all nodes. The cluster's own routes are no news. */
function wayRows({ nodes, network }: LabStatus): readonly (readonly string[])[] {
  const inside = [network?.subnet, network?.podCidr, network?.serviceCidr].flatMap((each) => each ?? []);
  const isInside = (to: string) =>
    to !== "default" && inside.some((cidr) => cidr.contains(to.includes("/") ? parseCidr(to) : to));
  const ways = nodes.flatMap(({ name, routes, resolvers }) => {
    if (routes === undefined) return [];
    const words = routes
      .filter(({ to }) => !isInside(to))
      .map(({ to, via, dev }) => `${to}${via === undefined ? "" : ` via ${via}`} dev ${dev}`);
    return [{ name, routes: words.join(", ") || "none", resolvers: (resolvers ?? []).join(", ") || "none" }];
  });
  return (["routes", "resolvers"] as const).flatMap((what) => {
    const kinds = [...new Set(ways.map((way) => way[what]))];
    const title = what === "routes" ? "  Routes" : "  Resolvers";
    return kinds.map((kind, index) => {
      const names = ways.filter((way) => way[what] === kind).map(({ name }) => name);
      return [index === 0 ? title : "", kinds.length === 1 ? kind : `${kind} (${names.join(", ")})`];
    });
  });
}
