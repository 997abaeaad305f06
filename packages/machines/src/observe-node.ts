import { CommandFailed } from "@k3s-lab/exec";
import type { Route } from "@k3s-lab/ip";
import type { ServiceManagerName } from "@k3s-lab/service-manager";
import { type Answers, type Section } from "./ask-node.js";
import type { Machine } from "./machine.js";
import { fileMode, type NodeFile } from "./node-files.js";
import {
  type FileSeen,
  filesSection,
  hostsSection,
  type NodeNetwork,
  networkSection,
  serviceManagerSection,
  sharingSection,
} from "./sections.js";
import { keepalived } from "./shared-address.js";
import { sha256 } from "@k3s-lab/host";

/** What a machine tells of itself. */
export interface NodeFacts extends NodeNetwork {
  readonly serviceManager: ServiceManagerName;
  readonly files: ReadonlyMap<string, FileSeen>;
  /** The text of its hosts file, only a part of which is the lab's. */
  readonly hosts: string;
  /** Of several servers: whether what holds their shared address runs. */
  readonly isSharing?: boolean | undefined;
}

/** Asks a machine: askNode, or what asks along what others will want to know. */
export type AskMachine = <Asked extends Readonly<Record<string, Section<unknown>>>>(
  machine: string,
  sections: Asked,
) => Promise<Answers<Asked>>;

/** Asks a running machine, at every run. Throws NotRunning, and CommandFailed where it goes down meanwhile. */
export async function observeNode(
  ask: AskMachine,
  machine: Machine,
  files: readonly NodeFile[],
  asksSharing = false,
): Promise<NodeFacts> {
  const sections = {
    network: networkSection(machine),
    serviceManager: serviceManagerSection,
    files: filesSection(files.map(({ path }) => path)),
    hosts: hostsSection,
  };
  const sharing = asksSharing ? { sharing: sharingSection } : {};
  const {
    network,
    serviceManager = "systemd",
    files: seen,
    hosts = "",
    sharing: isSharing,
  } = await ask<typeof sections & { sharing?: typeof sharingSection }>(machine.name, { ...sections, ...sharing });
  if (network === undefined || seen === undefined) {
    throw new CommandFailed(machine.name, "could not tell what its network and its files are", "", 1);
  }
  return { ...network, serviceManager, files: seen, hosts, isSharing };
}

export interface WantedNode {
  readonly address: string;
  readonly prefixLength: number;
  readonly interface: string;
  readonly gateway: string;
  readonly resolvers: readonly string[];
  readonly files: readonly NodeFile[];
  /** Of several servers: the address that this one may hold besides its own. */
  readonly sharedAddress?: string | undefined;
}

/** Returns what is not as it should be, each as the end of a sentence that begins with the machine's name. */
export function differences(wanted: WantedNode, seen: NodeFacts): readonly string[] {
  const network = [
    [
      "address",
      [`${wanted.address}/${wanted.prefixLength}`],
      seen.addresses.filter((address) => address !== `${wanted.sharedAddress}/32`),
    ],
    [
      "default route via",
      [routeOf({ gateway: wanted.gateway, dev: wanted.interface })],
      seen.defaultRoutes.map(routeOf),
    ],
    ["resolvers", wanted.resolvers, seen.resolvers],
  ] as const;
  const stale = staleFiles(wanted, seen);
  const isAlone = wanted.sharedAddress !== undefined && seen.isSharing === false;
  return [
    ...network
      .map(([what, is, was]) => [what, listed(is), listed(was)] as const)
      .filter(([, is, was]) => is !== was)
      .map(([what, is, was]) => `set ${what} ${is} (seen: ${was})`),
    ...(stale.length === 0 ? [] : [`write ${stale.map(({ path }) => path).join(", ")}`]),
    ...(isAlone ? [`start ${keepalived.service}, which holds ${wanted.sharedAddress}`] : []),
  ];
}

/** "10.76.0.1 dev eth0": all of a default route that matters here. */
function routeOf({ gateway = "no gateway", dev }: Pick<Route, "gateway" | "dev">): string {
  return `${gateway} dev ${dev}`;
}

/** Returns the files that differ, each with the content that it should have. */
export function staleFiles({ files }: Pick<WantedNode, "files">, seen: NodeFacts): readonly NodeFile[] {
  return files
    .map((file) => (file.merge === undefined ? file : { ...file, content: file.merge(seen.hosts) }))
    .filter(({ path, content, script }) => {
      const file = seen.files.get(path);
      return file?.sha256 !== sha256(content) || (script === undefined && file.mode !== fileMode.toString(8));
    });
}

function listed(values: readonly string[]): string {
  return values.length === 0 ? "none" : values.join(", ");
}
