import type { NodeGuardSeen } from "@k3s-lab/guard";
import type { FileSeen, Machine, Restart, Section } from "@k3s-lab/machines";
import type { NodeCertificate } from "../certificates.js";
import { startedWithVariable } from "../config/node-files.js";
import { managerOf, serviceOf } from "../config/service.js";
import { contributedFolder, k3sPaths, labPaths } from "../paths.js";
import type { Lookup } from "./lookup.js";

/** What a look at a node has shown. Of a machine that does not exist or does not run, nothing. */
export interface NodeSeen {
  readonly isRunning: boolean;
  /** Whether there is no such machine. */
  readonly isAbsent?: boolean | undefined;
  /** Small files, by path. */
  readonly files: ReadonlyMap<string, FileSeen>;
  /** path -> size of a large file */
  readonly sizes: ReadonlyMap<string, number>;
  /** path -> sha256 of a large file, as it was when the lab put it there */
  readonly installed: ReadonlyMap<string, string>;
  /** path -> target */
  readonly links: ReadonlyMap<string, string>;
  /** The paths of all that is in the folder of contributed files. */
  readonly contributed: readonly string[];
  readonly isActive: boolean;
  readonly isEnabled: boolean;
  /** The sum that the running K3s was started with. */
  readonly startedWith?: string | undefined;
  /** Seconds since K3s was started. */
  readonly age?: number | undefined;
  /** Whether K3s was started in this run. */
  readonly isNew?: boolean | undefined;
  /** Of one whose machine will be started before: whether K3s starts with it, unless that takes too long. */
  readonly startsByItself?: boolean | undefined;
  /** When K3s was started, by the node's clock in seconds since 1970; where it does not run, when that was seen. */
  readonly startedAt?: number | undefined;
  /** Whether the node has a password of its own: whether it has ever joined. */
  readonly hasPassword: boolean;
  readonly joinToken?: string | undefined;
  readonly kubeconfig?: string | undefined;
  /** Whether a server has run there, or its authority was made. */
  readonly isBegun: boolean;
  /** Whether its store is one of several servers': etcd. */
  readonly hasEtcd?: boolean | undefined;
  /** Whether its store was one of several at other addresses, whose members it would look for in vain. */
  readonly isMoved?: boolean | undefined;
  /** Of a server that has not run yet: the SHA-256 of its authority's certificate, which agents know it by. */
  readonly authority?: string | undefined;
  /** Whether CoreDNS answers a pod of this node; undefined where it was not asked, or there is no pod. */
  readonly lookup?: Lookup | undefined;
  readonly guard?: NodeGuardSeen | undefined;
  /** Those of K3s, the one that ends first before the others; none where it was not asked. */
  readonly certificates?: readonly NodeCertificate[] | undefined;
}

export const nothingSeen: NodeSeen = {
  isRunning: false,
  files: new Map(),
  sizes: new Map(),
  installed: new Map(),
  links: new Map(),
  contributed: [],
  isActive: false,
  isEnabled: false,
  hasPassword: false,
  isBegun: false,
};

/** What will be seen of a node whose machine is stopped and started in between: its disk, or what is left of that. */
export function afterRestart(seen: NodeSeen, { keeps }: Restart = {}): NodeSeen {
  const process = { isActive: false, isNew: false, startedWith: undefined, age: undefined };
  const stopped = { ...seen, ...process, startsByItself: seen.isEnabled, lookup: undefined };
  if (keeps === undefined) return stopped;
  const kept = <Value>(all: ReadonlyMap<string, Value>) =>
    new Map([...all].filter(([path]) => keeps.some((folder) => path.startsWith(`${folder}/`))));
  const disk = { files: kept(seen.files), sizes: kept(seen.sizes), links: kept(seen.links) };
  // The service, and the guard with its own, are of the disk that is lost.
  return { ...stopped, ...disk, isEnabled: false, startsByItself: false, guard: undefined };
}

/** What is said of an action that starts K3s where it may have started by itself by then. */
export function unlessByItself({ startsByItself }: Pick<NodeSeen, "startsByItself">): { readonly provided?: string } {
  return startsByItself === true ? { provided: "if K3s does not start with its machine" } : {};
}

/** Tells whether K3s has run on a server, so that it has a store. */
export function hasRun({ isActive, joinToken }: Pick<NodeSeen, "isActive" | "joinToken">): boolean {
  return isActive || joinToken !== undefined;
}

/** What K3s on a node needs of a look. */
export type K3sSeen = Omit<
  NodeSeen,
  "isRunning" | "isAbsent" | "files" | "guard" | "lookup" | "isNew" | "startsByItself" | "certificates"
>;

/** Asks what a node has of K3s. Secrets are in its output only. */
export function k3sSection(machine: Pick<Machine, "role" | "serviceManager">): Section<K3sSeen> {
  const service = serviceOf(machine);
  const { binary, images, nodePassword, joinToken, kubeconfig, server, links } = k3sPaths;
  const ofServer =
    service.command === "server" ? [joinToken, kubeconfig, server, labPaths.movedStore] : ["", "", "", ""];
  const seeService = managerOf(machine).seeScript(service.name);
  return {
    file: new URL("../../shell/see-k3s.sh", import.meta.url),
    args: [
      seeService,
      startedWithVariable,
      binary,
      images,
      labPaths.installed,
      nodePassword,
      ...ofServer,
      contributedFolder,
      ...links,
    ],
    parse: parseK3s,
  };
}

export function parseK3s(output: string): K3sSeen {
  const lines = output.split("\n").map((line) => line.split(/ +/));
  const of = (kind: string) => lines.filter(([first]) => first === kind).map(([, ...rest]) => rest);
  const map = (kind: string) => new Map(of(kind).map(([value = "", path = ""]) => [path, value]));
  const service = new Set(of("service").map(([line]) => line));
  const word = (kind: string) => of(kind)[0]?.[0];
  const [age, now] = [word("age"), word("now")].map((seconds) => (seconds === undefined ? undefined : Number(seconds)));
  return {
    sizes: new Map([...map("size")].map(([path, size]) => [path, Number(size)])),
    installed: map("installed"),
    links: map("link"),
    contributed: of("contributed").flatMap(([path]) => path ?? []),
    isActive: service.has("ActiveState=active"),
    isEnabled: service.has("UnitFileState=enabled"),
    startedWith: word("started"),
    age,
    // Not too late by any rounding: a report that is as old as that is of this K3s.
    startedAt: now === undefined ? undefined : now - Math.ceil(age ?? 0),
    hasPassword: of("password").length > 0,
    joinToken: decoded(word("token"))?.trim(),
    kubeconfig: decoded(word("kubeconfig")),
    isBegun: of("begun").length > 0,
    hasEtcd: of("etcd").length > 0,
    isMoved: of("moved").length > 0,
    authority: word("authority"),
  };
}

function decoded(base64: string | undefined): string | undefined {
  return base64 === undefined ? undefined : Buffer.from(base64, "base64").toString("utf8");
}
