import { didYouMean } from "@k3s-lab/problem";

// https://kubernetes.io/docs/concepts/overview/working-with-objects/labels/#syntax-and-character-set

const namePattern = "[A-Za-z0-9](?:[-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?";
const prefixPattern = String.raw`[a-z0-9](?:[-a-z0-9]*[a-z0-9])?(?:\.[a-z0-9](?:[-a-z0-9]*[a-z0-9])?)*`;
const keyPattern = `(?:(?=[^/]{1,253}/)${prefixPattern}/)?${namePattern}`;
const valuePattern = `(?:${namePattern})?`;

const effects = ["NoSchedule", "PreferNoSchedule", "NoExecute"] as const;

/** The key of a label, as Kubernetes takes it. */
export const labelKeyPattern = new RegExp(`^${keyPattern}$`);
/** The value of a label, as Kubernetes takes it. */
export const labelValuePattern = new RegExp(`^${valuePattern}$`);
/** A taint as kubectl writes it: "gpu=true:NoSchedule", "gpu:NoSchedule". */
export const taintPattern = new RegExp(`^(${keyPattern})(?:=(${valuePattern}))?:(${effects.join("|")})$`);

/** What keeps pods away from a node, as the API has it. */
export interface Taint {
  readonly key: string;
  /** Absent and empty mean the same. */
  readonly value?: string;
  /** One of Kubernetes' three. */
  readonly effect: string;
}

/** Reads a taint of lab.yaml. Throws on any other text. */
export function parseTaint(written: string): Taint {
  const [, key, value = "", effect] = taintPattern.exec(written) ?? [];
  if (key === undefined || effect === undefined) throw new Error(`no taint: ${written}`);
  return { key, ...(value !== "" && { value }), effect };
}

/** Tells what a text lacks to be a taint. */
export function taintFault(written: string): string {
  const expected = `must be key=value:Effect or key:Effect, with ${effects.slice(0, -1).join(", ")} or ${effects.at(-1)}`;
  const [, effect = ""] = /:([^:]*)$/.exec(written) ?? [];
  return expected + didYouMean(effect, effects);
}

const roles = ["control-plane", "etcd", "master"];
const ofKubelet = ["kubernetes.io/hostname", "kubernetes.io/os", "kubernetes.io/arch"];
const ofServiceLb = ["svccontroller.k3s.cattle.io/enablelb", "svccontroller.k3s.cattle.io/lbpool"];
const ofCloud = ["node.kubernetes.io/instance-type", "beta.kubernetes.io/instance-type"];

/** Tells who sets a label of a node besides lab.yaml; undefined where nobody does. */
export function ownerOfLabel(key: string): string | undefined {
  if (key === "k3s-lab") return "is the lab's own, by which it knows its nodes";
  if (roles.some((role) => key === `node-role.kubernetes.io/${role}`)) return "is set by K3s, by what a node runs";
  if (ofServiceLb.includes(key))
    return "would take K3s' load balancer, and the lab's registry with it, from the server";
  if (ofCloud.includes(key)) return "is set by K3s";
  if (ofKubelet.includes(key.replace(/^beta\./, ""))) return "is set by the kubelet, which would put it back";
  return undefined;
}

/** Tells who sets a taint of a node besides lab.yaml; undefined where nobody does. */
export function ownerOfTaint({ key }: Pick<Taint, "key">): string | undefined {
  return /^node\.(cloudprovider\.)?kubernetes\.io\//.test(key)
    ? "is set and removed by Kubernetes, by the state of the node"
    : undefined;
}

/** Tells whether the pods that the lab needs on its server, the registry and CoreDNS, are let in in spite of a taint. */
export function letsLabIn({ key, effect }: Taint): boolean {
  if (effect === "PreferNoSchedule" || key === "CriticalAddonsOnly") return true;
  return key === "node-role.kubernetes.io/control-plane" && effect === "NoSchedule";
}
