import { readFileSync } from "node:fs";
import { nodeGuardStartScript } from "@k3s-lab/guard";
import { type Api, dnsDeployment, formatKubeconfig, type KubeNode, nodePath, nodesPath, pathOf } from "@k3s-lab/kube";
import type { Release } from "@k3s-lab/k3s-source";
import { type Machine, NotRunning } from "@k3s-lab/machines";
import { managerOf, startScript } from "../src/config/service.js";
import { startedWithVariable } from "../src/config/node-files.js";
import { sha256 } from "@k3s-lab/host";
import { type Printed, printed } from "./world.js";
import type { NodeDriver } from "../src/node/nodes.js";
import { k3sPaths, labPaths } from "../src/paths.js";

const guardOutput = readFileSync(new URL("../../guard/test/fixtures/seen-nftables.txt", import.meta.url), "utf8")
  .split("\n")
  .filter((line) => line.startsWith("guard "));

/** The sum of the server's certificate. */
const authority = "ab";

/** What a machine has become by what was done to it. */
class FakeMachine {
  readonly machine: Machine;
  readonly files = new Map<string, { readonly content: string; readonly mode: number }>();
  readonly sizes = new Map<string, number>();
  hasLinks = false;
  hasAuthority = false;
  isGuarded = false;
  startedWith: string | undefined;
  /** Whether the machine stands still; and what its K3s was started with then. */
  isStopped = false;
  #stoppedWith: string | undefined;
  /** Whether K3s has run there, and left what it makes at its first start. */
  hasRun = false;
  startedAt = 0;
  /** The version of the binary that is there, and of the one that runs. */
  installed = "";
  running = "";
  /** Its Node object, as far as others than its kubelet write it. */
  object: { metadata?: object; spec?: object } = {};

  constructor(machine: Machine) {
    this.machine = machine;
  }

  /** Prints what the shell of a look prints, by section. */
  look(): Printed {
    const isServer = this.machine.role === "server";
    const base64 = (text: string) => Buffer.from(text).toString("base64");
    const kubeconfig = formatKubeconfig("default", {
      server: "https://127.0.0.1:6443",
      ca: "",
      certificate: "",
      key: "",
    });
    const files = [...this.files].flatMap(([path, { content, mode }]) => [
      `${sha256(content)}  ${path}`,
      `${mode.toString(8)} 0 ${path}`,
    ]);
    const k3s = [
      ...[...this.sizes].map(([path, size]) => `size ${size} ${path}`),
      ...(this.files.get(labPaths.installed)?.content ?? "").split("\n").map((line) => `installed ${line}`),
      ...(this.hasLinks ? k3sPaths.links.map((link) => `link k3s ${link}`) : []),
      ...(this.startedWith === undefined
        ? []
        : [
            "service ActiveState=active",
            "service UnitFileState=enabled",
            `started ${this.startedWith}`,
            `age ${(performance.now() - this.startedAt) / 1000}`,
          ]),
      ...(this.hasRun
        ? [
            `now ${Math.floor(Date.now() / 1000)}`,
            "password",
            ...(isServer ? [`token ${base64(this.#joinToken())}`, `kubeconfig ${base64(kubeconfig)}`] : []),
          ]
        : []),
      ...(this.#hasEtcd() ? ["etcd"] : []),
      ...(this.hasAuthority ? ["begun", `authority ${authority}`] : []),
    ];
    return {
      files: files.join("\n"),
      k3s: k3s.join("\n"),
      guard: this.isGuarded ? guardOutput.join("\n") : "",
      lookup: isServer ? "lookup answered" : "",
    };
  }

  /** Whether it is one of several servers, which K3s is told by its environment. */
  #hasEtcd(): boolean {
    const isTold = [...this.files.values()].some(({ content }) => /K3S_CLUSTER_INIT|K3S_URL/.test(content));
    return this.machine.role === "server" && this.hasRun && isTold;
  }

  /** What a server writes for agents, of its authority and the password that it was given. */
  #joinToken(): string {
    return `K10${authority}::node:${this.files.get(labPaths.agentToken)?.content}`;
  }

  run(script: string): string {
    if (script.startsWith("(set --")) return printed(script, this.look());
    if (script.includes("ln -sfn")) this.hasLinks = true;
    if (script === nodeGuardStartScript(managerOf(this.machine).name)) this.isGuarded = true;
    if (script.includes(startScript(this.machine, "restart"))) {
      const environment = [...this.files.values()].find(({ content }) => content.includes(startedWithVariable));
      this.startedAt = performance.now();
      this.hasRun = true;
      this.running = this.installed;
      this.startedWith = new RegExp(`${startedWithVariable}='(.*)'`).exec(environment?.content ?? "")?.[1];
      return `${Math.floor(Date.now() / 1000)}\n`;
    }
    return "";
  }

  /** Makes it again with these folders of its disk; nothing runs then. */
  makeAgain(keeps: readonly string[]): void {
    const isLost = (path: string) => !keeps.some((folder) => path.startsWith(`${folder}/`));
    for (const all of [this.files, this.sizes]) for (const path of all.keys()) if (isLost(path)) all.delete(path);
    this.startedWith = undefined;
    this.hasLinks = false;
    this.isGuarded = false;
  }

  stop(): void {
    this.isStopped = true;
    [this.#stoppedWith, this.startedWith] = [this.startedWith, undefined];
  }

  /** Starts the machine; K3s starts with it, or does not. */
  start(withK3s: boolean): void {
    this.isStopped = false;
    this.startedAt = performance.now();
    if (withK3s) this.startedWith = this.#stoppedWith;
  }

  /** Does what the shell of `writeScript` does. */
  write(script: string): void {
    const modes = new Map(
      [...script.matchAll(/^chmod (\d+) (.*)$/gm)].flatMap(([, mode = "", paths = ""]) =>
        paths.split(" ").map((path) => [path, Number.parseInt(mode, 8)] as const),
      ),
    );
    for (const [, word = "", path = ""] of script.matchAll(/^printf %s ('(?:[^']|'\\'')*'|\S+) >(\S+)\.part$/gm)) {
      const content = word.startsWith("'") ? word.slice(1, -1).replaceAll(String.raw`'\''`, "'") : word;
      this.files.set(path, { content, mode: modes.get(`${path}.part`) ?? 0 });
    }
  }
}

/** Merges as the API does: RFC 7386. */
export function merge(target: unknown, patch: unknown): unknown {
  if (typeof patch !== "object" || patch === null || Array.isArray(patch)) return patch;
  const merged = new Map(Object.entries((target ?? {}) as object));
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) merged.delete(key);
    else merged.set(key, merge(merged.get(key), value));
  }
  return Object.fromEntries(merged);
}

/** Machines that run and have nothing on them yet, and the API of the cluster that they become by releases in folders of their own. */
export function fakeLab(machines: readonly Machine[], ...releases: readonly Release[]) {
  const all = new Map(machines.map((machine) => [machine.name, new FakeMachine(machine)]));
  const of = (name: string) => {
    const found = all.get(name);
    if (found === undefined) throw new NotRunning(name, "absent");
    if (found.isStopped) throw new NotRunning(name, "stopped");
    return found;
  };
  const driver: NodeDriver = {
    timeoutFactor: 1,
    state: async (name) => (all.get(name)?.isStopped ? "stopped" : all.has(name) ? "running" : "absent"),
    async exec(name, argv, { input } = {}) {
      if (input !== undefined) of(name).write(String(input));
      if (argv.includes("make-authority.sh")) of(name).hasAuthority = true;
      const stdout = input === undefined ? of(name).run(argv.at(-1) ?? "") : "";
      return { exitCode: 0, stdout, stderr: "" };
    },
    async write(name, path, content, { mode }) {
      of(name).files.set(path, { content: String(content), mode });
    },
    async copyIn(name, hostPath, path) {
      const release = releases.find(({ folder }) => hostPath.startsWith(`${folder}/`));
      const files = release === undefined ? [] : [release.binary, ...release.archives];
      const file = files.find((each) => hostPath.endsWith(`/${each.name}`));
      of(name).sizes.set(path, file?.size ?? -1);
      if (path === k3sPaths.binary) of(name).installed = release?.version ?? "";
    },
  };
  const servers = machines.filter(({ role }) => role === "server").map(({ name }) => name);
  let dnsReplicas = 1;
  const lists = (path: string): readonly object[] => {
    const conditions = [{ type: "Ready", status: "True", lastHeartbeatTime: new Date().toISOString() }];
    if (path.includes("spec.nodeName")) return [];
    if (!path.startsWith(nodesPath))
      return servers.slice(0, dnsReplicas).map((nodeName) => ({
        metadata: { name: `coredns-${nodeName}`, namespace: "kube-system" },
        spec: { nodeName },
        status: { conditions },
      }));
    return [...all.values()]
      .filter(({ hasRun }) => hasRun)
      .map(({ machine: { name }, running, object: { metadata, spec } }) => ({
        metadata: { ...metadata, name },
        spec,
        status: { conditions, nodeInfo: { kubeletVersion: running } },
      }))
      .filter(({ metadata }) => !path.includes("fieldSelector") || path.endsWith(metadata.name));
  };
  const nodeAt = (path: string) => lists(nodesPath).find((node) => path === nodePath((node as KubeNode).metadata.name));
  const api: Pick<Api, "get" | "list" | "find" | "isReady" | "apply" | "patch"> = {
    get: async <Value>(path: string) =>
      (nodeAt(path) ?? { metadata: { resourceVersion: "1" }, items: lists(path) }) as Value,
    patch: async <Value>(path: string, fields: { readonly spec?: { readonly replicas?: number } }) => {
      if (path === pathOf(dnsDeployment)) {
        dnsReplicas = fields.spec?.replicas ?? dnsReplicas;
        return {} as Value;
      }
      const node = nodeAt(path) as KubeNode;
      of(node.metadata.name).object = merge(node, fields) as object;
      return nodeAt(path) as Value;
    },
    list: async <Item>(path: string) => lists(path) as readonly Item[],
    find: async <Value>(path: string) =>
      path === pathOf(dnsDeployment) ? ({ spec: { replicas: dnsReplicas } } as Value) : undefined,
    isReady: async () => true,
    apply: async <Value>(_path: string, object: Value) => object,
  };
  const content = (name: string, path: string) => of(name).files.get(path)?.content;
  const makeAgain = (name: string, keeps: readonly string[]) => of(name).makeAgain(keeps);
  const stop = () => all.forEach((machine) => machine.stop());
  const start = (withK3s: boolean) => all.forEach((machine) => machine.start(withK3s));
  return { driver, openApi: () => api as Api, content, makeAgain, stop, start };
}
