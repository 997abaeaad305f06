import { parseCidr } from "@k3s-lab/ip";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openLab } from "@k3s-lab/lab";
import { type Machine, NotRunning } from "@k3s-lab/machines";
import type { Contributed } from "@k3s-lab/stages";
import type { DesiredNode } from "../src/config/node-files.js";
import { nothingSeen, type NodeSeen } from "../src/node/node-seen.js";
import { type NodeDriver, Nodes } from "../src/node/nodes.js";
import type { Release } from "@k3s-lab/k3s-source";

const machine = (name: string, role: Machine["role"], last: number): Machine => ({
  name,
  role,
  address: `10.76.0.${last}`,
  prefixLength: 24,
  mac: `02:00:00:00:00:${last}`,
  interface: "eth0",
});

export const multi = machine("multi", "server", 10);
export const agent1 = machine("agent1", "agent", 11);
export const agent2 = machine("agent2", "agent", 12);
export const machines = { driver: "lxc" as const, machines: [multi, agent1, agent2], resolvers: ["192.168.77.1"] };

export const network = {
  lan: { kind: "private" as const, bridge: "k3slab-a1b2c3", subnet: parseCidr("10.76.0.0/24") },
  podCidr: parseCidr("10.42.0.0/16"),
  serviceCidr: parseCidr("10.43.0.0/16"),
  clusterDns: "10.43.0.10",
} as const;

export const release: Release = {
  source: "modules",
  version: "v1.34.4+modules",
  folder: "/cache/k3s-from-modules/1",
  binary: { name: "k3s", size: 7, sha256: "ab".repeat(32), changed: 1 },
  archives: [{ name: "images.tar", size: 9, sha256: "cd".repeat(32), changed: 1 }],
};

export const cluster = {
  sha256: release.binary.sha256,
  server: "https://10.76.0.10:6443",
  podCidr: network.podCidr,
  serviceCidr: network.serviceCidr,
  clusterDns: network.clusterDns,
};

/** What the registry contributes. */
export const contributed: Contributed = {
  steps: [],
  files: [
    {
      path: "/etc/rancher/k3s/registries.yaml",
      content: "mirrors: {}\n",
      mode: 0o600,
      keys: ["registry.mirrors"],
      isReadAtStart: true,
    },
  ],
  images: [{ image: "docker.io/library/registry:3", node: "multi" }],
  objects: [{ path: "/api/v1/namespaces/kube-public/configmaps/hosting", object: { kind: "ConfigMap" } }],
};

export function desired(of: Machine, changes: Partial<DesiredNode> = {}): DesiredNode {
  return {
    machine: of,
    cluster,
    resolvers: machines.resolvers,
    disable: [],
    flags: {},
    toldToAgents: {},
    contributed: contributed.files,
    proxies: {},
    authorities: [],
    labId: "a1b2c3",
    ...changes,
  };
}

/** What a look at a node prints, by section. A text alone is what the section of K3s prints. */
export interface Printed {
  readonly files?: string;
  readonly k3s?: string;
  readonly guard?: string;
  readonly lookup?: string;
  readonly ways?: string;
  readonly certificates?: string;
  readonly installed?: string;
  readonly runs?: string;
}

// The first that fits: what K3s is asked for has a sum, too.
const sections = {
  k3s: "ticks()",
  files: "sha256sum",
  guard: "node-guard",
  lookup: "/dev/udp/",
  ways: "route show",
  certificates: "server/tls",
  installed: "has recorded as installed",
  runs: "whether the service of K3s runs",
} as const;

/** Prints as `askNode` expects it: each section, and behind it the mark of the question with an exit code. */
export function printed(script: string, output: Printed): string {
  const [, mark = ""] = /printf '\\n%s %s\\n' (\S+) /.exec(script) ?? [];
  const asked = script.split(`${mark} $?`).slice(0, -1);
  return asked
    .map((part) => {
      const name = Object.keys(sections).find((each) =>
        part.includes(sections[each as keyof Printed]),
      ) as keyof Printed;
      return `${output[name] ?? ""}\n${mark} 0\n`;
    })
    .join("");
}

/** What was asked of a driver, as lines: "agent1: write /etc/x /etc/y", "agent1: systemctl ...". */
export interface RecordingDriver extends NodeDriver {
  readonly asked: string[];
  /** What came by standard input, which is where secrets belong. */
  readonly inputs: string[];
}

/** A driver of machines that print what they are told to print; undefined: there is no such machine. */
export function fakeDriver(answer: (name: string, command: string) => string | Printed | undefined): RecordingDriver {
  const asked: string[] = [];
  const inputs: string[] = [];
  return {
    asked,
    inputs,
    timeoutFactor: 1,
    state: async (name) => (answer(name, "") === undefined ? "absent" : "running"),
    async exec(name, argv, { input } = {}) {
      const command = input === undefined ? argv.slice(argv[0] === "sh" ? 2 : 0).join(" ") : `write ${written(input)}`;
      const output = answer(name, command);
      if (output === undefined) throw new NotRunning(name, "absent");
      const text = typeof output === "string" ? output : "";
      const isLook = command.startsWith("(set --");
      const stdout = isLook ? printed(command, typeof output === "string" ? { k3s: output } : output) : text;
      asked.push(`${name}: ${command}`);
      if (input !== undefined) inputs.push(String(input));
      return { exitCode: 0, stdout, stderr: "" };
    },
    async write(name, path, _content, { mode }) {
      asked.push(`${name}: write ${path} ${mode.toString(8)}`);
    },
    async copyIn(name, hostPath, path, { mode }) {
      asked.push(`${name}: copy ${hostPath} ${path} ${mode.toString(8)}`);
    },
  };
}

/** The files that a shell is told to write. */
function written(script: string | Uint8Array): string {
  return [...String(script).matchAll(/^mv -f \S+ (\S+)$/gm)].map(([, path]) => path).join(" ");
}

export const nowhere = (): RecordingDriver => fakeDriver(() => undefined);

export function nodesWith(driver: NodeDriver = nowhere()): Nodes {
  return new Nodes(
    driver,
    machines.machines.map((each) => desired(each)),
  );
}

export const seen = (changes: Partial<NodeSeen> = {}): NodeSeen => ({ ...nothingSeen, isRunning: true, ...changes });

/** A lab with defaults in a folder of its own, which goes with the test. */
export function emptyLab() {
  const dir = mkdtempSync(join(tmpdir(), "k3s-lab-cluster-"));
  process.once("exit", () => rmSync(dir, { recursive: true, force: true }));
  return openLab(join(dir, "lab.yaml"));
}
