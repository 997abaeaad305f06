import { createHash } from "node:crypto";
import type { Machine } from "@k3s-lab/machines";
import type { ContributedFile } from "@k3s-lab/stages";
import type { Cluster } from "../cluster.js";
import { labNodeFiles, nodeFiles } from "../files.js";
import type { NodeFile } from "../node/write-files.js";
import type { Secrets } from "../secrets.js";
import { k3sConfig } from "./k3s-config.js";
import type { Proxies } from "./proxies.js";
import { killAllScript, uninstallPath, uninstallScript } from "./scripts.js";
import { managerOf, serviceOf, unitOf } from "./service.js";

export interface NodeWish {
  readonly machine: Machine;
  readonly cluster: Pick<Cluster, "sha256" | "server" | "podCidr" | "serviceCidr" | "clusterDns">;
  readonly resolvers: readonly string[];
  readonly disable: readonly string[];
  /** What later stages want K3s to read. */
  readonly contributed: readonly ContributedFile[];
  readonly proxies: Proxies;
  readonly labId: string;
}

/** What a node has before K3s starts on it, whether it has a token yet or not. */
export function configFiles(wish: NodeWish): readonly NodeFile[] {
  const service = serviceOf(wish.machine);
  const { serviceFile, serviceFileMode } = managerOf(wish.machine);
  const unit = unitOf(wish.machine);
  return [
    { path: nodeFiles.config, content: k3sConfig(wish), mode: 0o600 },
    ...wish.contributed.map((file) => ({ ...file, mode: 0o600 })),
    { path: serviceFile(service.name), content: unit.content(service), mode: serviceFileMode },
    { path: nodeFiles.killAll, content: killAllScript(), mode: 0o755 },
    { path: uninstallPath(service), content: uninstallScript(wish.machine), mode: 0o755 },
  ];
}

export function serverTokenFiles({ serverPassword, agentPassword }: Secrets): readonly NodeFile[] {
  return [
    { path: labNodeFiles.token, content: `${serverPassword}\n`, mode: 0o600 },
    { path: labNodeFiles.agentToken, content: `${agentPassword}\n`, mode: 0o600 },
  ];
}

export function agentTokenFiles(joinToken: string): readonly NodeFile[] {
  return [{ path: labNodeFiles.token, content: `${joinToken}\n`, mode: 0o600 }];
}

/** Tells what a running K3s was started with, so that one that was interrupted half-way is seen to be outdated. */
export const startedWith = "K3S_LAB_STARTED_WITH";

/** The environment file of K3s' service, written last: with the sum of all that a restart must follow. */
export function environmentFile(wish: NodeWish, tokens: readonly NodeFile[]): NodeFile & { readonly sum: string } {
  const service = serviceOf(wish.machine);
  const variables = {
    ...(service.command === "agent" ? { K3S_URL: wish.cluster.server, K3S_TOKEN_FILE: labNodeFiles.token } : {}),
    ...wish.proxies,
  };
  const scripts = [nodeFiles.killAll, uninstallPath(service)];
  const files = [...configFiles(wish).filter(({ path }) => !scripts.includes(path)), ...tokens];
  const sum = createHash("sha256")
    .update(JSON.stringify([wish.cluster.sha256, variables, files.map(({ path, content }) => [path, content])]))
    .digest("hex");
  const content = managerOf(wish.machine).environment({ ...variables, [startedWith]: sum });
  return { path: unitOf(wish.machine).environmentFile(service), content, mode: 0o600, sum };
}
