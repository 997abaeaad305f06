import { existsSync } from "node:fs";
import { dirname } from "node:path";
import type { Part } from "../part.js";
import { outputOf } from "./output.js";

/** Returns the program and the arguments that run a command of the command line, such as "plan". */
export type CommandLine = (name: string, args: readonly string[]) => readonly string[];

/** What the commands tell, each in a process of its own: none of them can keep the report from being made. */
const commands: readonly (readonly [path: string, what: string, name: string, args: readonly string[]])[] = [
  ["plan.txt", "what lab:up would do", "plan", []],
  ["plan.json", "the same for a program", "plan", ["--json"]],
  ["status.txt", "how the lab is", "status", []],
  ["status.json", "the same for a program", "status", ["--json"]],
  ["doctor.txt", "what would make the lab loop or fail", "doctor", ["--no-probe"]],
  ["host/probe.txt", "what k3s-lab makes of the host's network", "probe", []],
];

const timeout = "--request-timeout=10s";

/** What the cluster tells, by the lab's own kubectl. */
const questions: readonly (readonly [path: string, what: string, args: readonly string[]])[] = [
  ["cluster/nodes.txt", "nodes", ["get", "nodes", "-o", "wide"]],
  ["cluster/pods.txt", "pods", ["get", "pods", "-A", "-o", "wide"]],
  ["cluster/events.txt", "events", ["get", "events", "-A", "--sort-by=.lastTimestamp"]],
  ["cluster/services.txt", "services and their endpoints", ["get", "services,endpoints", "-A", "-o", "wide"]],
  ["cluster/workloads.txt", "deployments and daemon sets", ["get", "deployments,daemonsets,jobs", "-A", "-o", "wide"]],
  ["cluster/volumes.txt", "volumes", ["get", "storageclasses,pv,pvc", "-A"]],
  ["cluster/coredns.txt", "log of CoreDNS", ["logs", "-n", "kube-system", "-l", "k8s-app=kube-dns", "--tail=200"]],
  [
    "cluster/registry.txt",
    "log of the registry",
    ["logs", "-n", "kube-system", "-l", "app=kube-registry", "--tail=200"],
  ],
];

export function commandParts(commandLine: CommandLine, configFile: string): readonly Part[] {
  // A lab.yaml that is named must exist; one that is looked for need not.
  const place = existsSync(configFile)
    ? { K3S_LAB_CONFIG: configFile }
    : { K3S_LAB_CONFIG: undefined, INIT_CWD: dirname(configFile) };
  // A stack belongs into a report.
  const env = { ...place, K3S_LAB_DEBUG: "1", NO_COLOR: "1", CI: "1" };
  const part = (path: string, what: string, name: string, args: readonly string[]): Part => ({
    path,
    what,
    gather: (signal) => outputOf(commandLine(name, args), { env, signal }),
  });
  return [
    ...commands.map((command) => part(...command)),
    ...questions.map(([path, what, args]) => part(path, what, "kubectl", [timeout, ...args])),
  ];
}
