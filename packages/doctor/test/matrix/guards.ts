import { parseCidr } from "@k3s-lab/ip";
import { basename } from "node:path";
import { hostGuardTable, nodeGuardFiles, renderHostGuard } from "@k3s-lab/guard";
import { cluster, type EmulatedNode, type Topology, type World } from "@k3s-lab/testbed";
import { networkPolicies } from "../../../guard/test/fixtures/policies.js";
import type { Guards } from "./expected.js";
import type { Prepared } from "./topologies.js";

const folder = "/run/node-guard";

/** Has the node's pod selected by a network policy, as K3s from modules does it. */
export async function loadPolicies({ node }: EmulatedNode): Promise<void> {
  const input = networkPolicies({ selected: cluster.pod.address, allowed: "10.42.2.7" });
  await node.run("nft", ["-f", "-"], { input });
}

/** Puts both guards into the desired state, whatever it was: as a lab does it, except for the service manager. */
export async function setGuards(
  { host }: World,
  { node }: EmulatedNode,
  guarded: Pick<Topology, "nodesComeBy" | "allowed">,
  { labId, routes }: Pick<Prepared, "labId" | "routes">,
  guards: Guards,
): Promise<void> {
  await node.run("sh", ["-c", `mkdir -p ${folder}`]);
  const cidrs = { podCidr: parseCidr(cluster.podCidr), serviceCidr: parseCidr(cluster.serviceCidr) };
  for (const { path, content } of nodeGuardFiles(cidrs, "systemd")) {
    await node.run("sh", ["-c", 'cat >"$0"', `${folder}/${basename(path)}`], { input: content });
  }
  // By its path: it looks for the rules in its own folder.
  await node.run("sh", [`${folder}/node-guard`, guards.node ? "load" : "remove"]);

  const { family, table } = hostGuardTable(labId);
  const { nodesComeBy: bridge, allowed } = guarded;
  const rules = guards.host ? renderHostGuard(labId, { bridge, allowed, routes, inside: Object.values(cidrs) }) : "";
  const input = `add table ${family} ${table}\ndelete table ${family} ${table}\n${rules}`;
  await host.run("nft", ["-f", "-"], { input });
}
