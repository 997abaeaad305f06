import { readCluster } from "@k3s-lab/cluster";
import type { Lab } from "@k3s-lab/lab";
import { machinesRecord } from "@k3s-lab/machines";
import { describeRegistry, readRegistry, type RegistryDescription, setupRows } from "@k3s-lab/registry";
import type { StageTime } from "@k3s-lab/stages";
import { seconds } from "@k3s-lab/steps";
import { alignColumns } from "./align-columns.js";
import { counted } from "./show-plan.js";

/** What a person wants to know once a lab is up. Times are milliseconds. */
export interface Summary {
  readonly nodes: readonly { readonly name: string; readonly role: string; readonly address: string }[];
  readonly k3s: { readonly version: string; readonly source: string; readonly sha256: string };
  readonly registry: RegistryDescription;
  readonly kubeconfig: string;
  readonly stages: readonly StageTime[];
  readonly ms: number;
}

export function summarizeLab(lab: Lab, stages: readonly StageTime[], ms: number): Summary {
  const machines = lab.state.read(machinesRecord)?.machines ?? [];
  const cluster = readCluster(lab);
  const registry = readRegistry(lab);
  if (cluster === undefined || registry === undefined) throw new Error("a stage has ended well and recorded nothing");
  return {
    nodes: machines.map(({ name, role, address }) => ({ name, role, address })),
    k3s: { version: cluster.version, source: cluster.source, sha256: cluster.sha256 },
    registry: describeRegistry(registry, lab),
    kubeconfig: cluster.kubeconfig,
    stages,
    ms,
  };
}

export function renderSummary({ nodes, k3s, registry, kubeconfig, stages, ms }: Summary): string {
  const actions = stages.reduce((sum, stage) => sum + stage.actions, 0);
  const times = stages.map((stage) => `${stage.stage} ${seconds(stage.ms)}`).join(", ");
  return [
    "",
    `The lab is up: ${counted(nodes.length, "node")} Ready, registry verified` +
      ` (${actions === 0 ? "nothing had to be done" : counted(actions, "action")}, ${seconds(ms)}).`,
    "",
    ...alignColumns(nodes.map(({ name, role, address }) => [`  ${name}`, role, address])),
    "",
    ...alignColumns([
      ["  K3s", `${k3s.version} from ${sourceWords(k3s.source)}`],
      ["  Registry", `${registry.name} at ${registry.endpoint}`],
      ...setupRows(registry).map(([name, line]) => [`  ${name}`, line]),
      ["  Kubeconfig", kubeconfig],
      ...(stages.length === 0 ? [] : [["  Stages", times]]),
    ]),
    "",
    "Try next:",
    "  npm run kubectl -- get pods -A",
    "  npm run kubeconfig -- --merge             # the lab in your own kubeconfig, until lab:down",
    "  npm run push -- NAME:TAG                  # an image of Docker, Podman or containerd, or an archive",
    `                                            # then, in a pod: image: ${registry.name}/NAME:TAG`,
  ].join("\n");
}

export function sourceWords(source: string): string {
  const noRelease = "(no K3s release: see packages/k3s-from-modules/README.md)";
  if (source === "modules") return `Go modules ${noRelease}`;
  if (source === "package") return `a package with the build from Go modules ${noRelease}`;
  return source === "release" ? "an official release" : "a folder";
}
