import { createHash } from "node:crypto";
import { CommandFailed } from "@k3s-lab/exec";
import type { Route } from "@k3s-lab/ip";
import type { ServiceManagerName } from "@k3s-lab/service-manager";
import { askNode } from "./ask-node.js";
import type { Driver } from "./driver.js";
import type { Machine } from "./machine.js";
import type { NodeFile } from "./node-files.js";
import { type FileSeen, filesSection, type NodeNetwork, networkSection, serviceManagerSection } from "./sections.js";

/** What a machine tells of itself. */
export interface NodeFacts extends NodeNetwork {
  readonly serviceManager: ServiceManagerName;
  readonly files: ReadonlyMap<string, FileSeen>;
}

/** Asks a running machine, at every run. Throws NotRunning, and CommandFailed where it goes down meanwhile. */
export async function observeNode(
  driver: Pick<Driver, "exec">,
  machine: Machine,
  files: readonly NodeFile[],
  signal: AbortSignal,
): Promise<NodeFacts> {
  const sections = {
    network: networkSection(machine),
    serviceManager: serviceManagerSection,
    files: filesSection(files.map(({ path }) => path)),
  };
  const {
    network,
    serviceManager = "systemd",
    files: seen,
  } = await askNode(driver, machine.name, sections, { signal });
  if (network === undefined || seen === undefined) {
    throw new CommandFailed(machine.name, "could not tell what its network and its files are", "", 1);
  }
  return { ...network, serviceManager, files: seen };
}

export interface WantedNode {
  readonly address: string;
  readonly prefixLength: number;
  readonly interface: string;
  readonly gateway: string;
  readonly resolvers: readonly string[];
  readonly files: readonly NodeFile[];
}

/** Returns what is not as it should be, each as the end of a sentence that begins with the machine's name. */
export function differences(wanted: WantedNode, seen: NodeFacts): readonly string[] {
  const address = `${wanted.address}/${wanted.prefixLength}`;
  const route = routeOf({ gateway: wanted.gateway, dev: wanted.interface });
  const routes = seen.defaultRoutes.map(routeOf);
  const found: string[] = [];
  if (!same(seen.addresses, [address])) found.push(`set address ${address} (seen: ${listed(seen.addresses)})`);
  if (!same(routes, [route])) found.push(`set default route via ${route} (seen: ${listed(routes)})`);
  if (!same(seen.resolvers, wanted.resolvers)) {
    found.push(`set resolvers ${listed(wanted.resolvers)} (seen: ${listed(seen.resolvers)})`);
  }
  const stale = staleFiles(wanted, seen);
  if (stale.length > 0) found.push(`write ${stale.map((file) => file.path).join(", ")}`);
  return found;
}

/** "10.76.0.1 dev eth0": all of a default route that matters here. */
function routeOf({ gateway = "no gateway", dev }: Pick<Route, "gateway" | "dev">): string {
  return `${gateway} dev ${dev}`;
}

export function staleFiles(wanted: WantedNode, seen: NodeFacts): readonly NodeFile[] {
  return wanted.files.filter(({ path, content }) => seen.files.get(path)?.sha256 !== sha256(content));
}

function same(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((value, index) => value === b[index]);
}

function listed(values: readonly string[]): string {
  return values.length === 0 ? "none" : values.join(", ");
}

function sha256(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}
