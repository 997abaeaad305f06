import { type EmulatedNode, emulateNode } from "./emulate-node.js";
import type { World } from "./emulate-host.js";
import { lan } from "./lans.js";
import { nameForwarderProgram } from "./names.js";
import type { Topology } from "./topologies.js";

/**
 * Makes a topology around an emulated host, which was made with the options in `world`: the host's and the router's side,
 * a DNS server of the host's that asks the host's nameserver, and a node. All of it ends with the host.
 */
export async function emulateTopology({ host, router }: World, topology: Topology): Promise<EmulatedNode> {
  const { onHost, onRouter } = topology;
  if (onHost !== undefined) await host.run("sh", ["-c", onHost]);
  if (onRouter !== undefined) await router?.run("sh", ["-c", onRouter]);
  await host.background(process.execPath, [nameForwarderProgram, lan.routerAddress], { ready: /^forwards names/ });
  return emulateNode(host, topology);
}
