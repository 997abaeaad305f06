import type { K3sFlags, Lab } from "@k3s-lab/lab";
import type { Machine } from "@k3s-lab/machines";
import type { ContributedFile } from "@k3s-lab/stages";
import type { Cluster } from "../cluster.js";
import { labPaths, k3sPaths } from "../paths.js";
import { type NodeFile } from "../node/write-files.js";
import { type Authority, sha256 } from "@k3s-lab/host";
import { readSecrets, type Secrets } from "../secrets.js";
import { k3sConfig } from "./k3s-config.js";
import { killAllScript, uninstallPath, uninstallScript } from "./scripts.js";
import { managerOf, serviceOf, unitOf } from "./service.js";

export interface DesiredNode {
  readonly machine: Machine;
  readonly cluster: Pick<Cluster, "sha256" | "server" | "servers" | "podCidr" | "serviceCidr" | "clusterDns">;
  readonly resolvers: readonly string[];
  readonly disable: readonly string[];
  readonly flags: K3sFlags;
  readonly toldToAgents: K3sFlags;
  /** What later stages want K3s to read. */
  readonly contributed: readonly ContributedFile[];
  /** HTTP_PROXY, HTTPS_PROXY and NO_PROXY; may hold a password. */
  readonly proxies: Readonly<Record<string, string>>;
  /** What the node's programs trust in addition. */
  readonly authorities: readonly Pick<Authority, "name" | "pem">[];
  readonly labId: string;
}

/** The files that a node has before K3s starts on it, with or without a token. */
export function configFiles(desired: DesiredNode): readonly NodeFile[] {
  const service = serviceOf(desired.machine);
  const { logRotation } = managerOf(desired.machine);
  return [
    ...startFiles(desired),
    ...desired.contributed.filter(({ isReadAtStart }) => !isReadAtStart),
    ...logRotation(service.name),
    { path: k3sPaths.killAll, content: killAllScript(), mode: 0o755 },
    { path: uninstallPath(service), content: uninstallScript(desired.machine), mode: 0o755 },
  ];
}

/** What K3s is started by and reads then, so that a change needs a restart; in another order, all of K3s would restart once. */
function startFiles(desired: DesiredNode): readonly NodeFile[] {
  const service = serviceOf(desired.machine);
  const { serviceFile, serviceFileMode } = managerOf(desired.machine);
  const unit = unitOf(desired.machine).content(service);
  return [
    { path: k3sPaths.config, content: k3sConfig(desired), mode: 0o600 },
    ...desired.contributed.filter(({ isReadAtStart }) => isReadAtStart),
    { path: serviceFile(service.name), content: unit, mode: serviceFileMode },
  ];
}

/** Reads the files that a server is started with; none before the passwords were made. */
export function readServerTokens(lab: Lab): readonly NodeFile[] {
  const secrets = readSecrets(lab);
  return secrets === undefined ? [] : serverTokenFiles(secrets);
}

export function serverTokenFiles({ serverPassword, agentPassword }: Secrets): readonly NodeFile[] {
  return [
    { path: labPaths.token, content: `${serverPassword}\n`, mode: 0o600 },
    { path: labPaths.agentToken, content: `${agentPassword}\n`, mode: 0o600 },
  ];
}

/**
 * The files of a server that joins: its token names the cluster's authority, as the tokens that K3s writes do, so that the password
 * goes to no other server. `agentsToken`: one that K3s has written.
 */
export function joiningTokenFiles(tokens: readonly NodeFile[], agentsToken: string): readonly NodeFile[] {
  const [authority = ""] = agentsToken.split("::");
  return tokens.map((file) =>
    file.path === labPaths.token ? { ...file, content: `${authority}::server:${file.content}` } : file,
  );
}

export function agentTokenFiles(joinToken: string): readonly NodeFile[] {
  return [{ path: labPaths.token, content: `${joinToken}\n`, mode: 0o600 }];
}

/** Tells what a running K3s was started with, so that one that was interrupted half-way is seen to be outdated. */
export const startedWithVariable = "K3S_LAB_STARTED_WITH";

/**
 * The environment file of K3s' service, written last: with the sum of all that a restart must follow. Of several servers one
 * `begins` the cluster, the others join it. K3s asks for neither once it has its store, so that this is no part of the sum.
 */
export function environmentFile(
  desired: DesiredNode,
  tokens: readonly NodeFile[],
  begins = false,
): NodeFile & { readonly sum: string } {
  const service = serviceOf(desired.machine);
  const { server, servers } = desired.cluster;
  const variables = {
    ...(service.command === "agent" ? { K3S_URL: server, K3S_TOKEN_FILE: labPaths.token } : {}),
    ...desired.proxies,
  };
  const store = begins ? { K3S_CLUSTER_INIT: "true" } : { K3S_URL: server };
  const ofServer = service.command === "server" && servers !== undefined ? store : {};
  const files = [...startFiles(desired), ...tokens];
  // K3s and its containerd read what they trust when they start.
  const trusted = desired.authorities.map(({ pem }) => [labPaths.certificates, pem]);
  const contents = [...files.map(({ path, content }) => [path, content]), ...trusted];
  const sum = sha256(JSON.stringify([desired.cluster.sha256, variables, contents]));
  const content = managerOf(desired.machine).environment({ ...ofServer, ...variables, [startedWithVariable]: sum });
  return { path: unitOf(desired.machine).environmentFile(service), content, mode: 0o600, sum };
}
