import type { V1ResourceAttributes } from "@kubernetes/client-node";
import { Problem } from "@k3s-lab/problem";
import type { ClusterApi } from "./cluster-api.js";
import { names } from "./names.js";
import { Refused } from "./refusal.js";

export type Purpose = "see" | "guard" | "remove";

const { namespace } = names;
const daemonSets = { group: "apps", resource: "daemonsets", namespace };
const seeing: readonly V1ResourceAttributes[] = [
  { verb: "list", resource: "nodes" },
  { verb: "list", resource: "pods", namespace },
  { verb: "create", resource: "pods", subresource: "exec", namespace },
  { verb: "get", ...daemonSets },
];
const setting: readonly V1ResourceAttributes[] = [
  { verb: "create", ...daemonSets },
  { verb: "patch", ...daemonSets },
];

const rights: Readonly<Record<Purpose, readonly V1ResourceAttributes[]>> = {
  see: seeing,
  guard: [...seeing, ...setting],
  remove: [...seeing, ...setting, { verb: "delete", ...daemonSets }],
};

/** Names all that the kubeconfig's user may not do and would have to, before anything is touched. */
export async function checkRights(api: ClusterApi, purpose: Purpose): Promise<void> {
  const { file, context } = api.target;
  const wanted = rights[purpose];
  const allowed = await Promise.all(wanted.map((right) => mayOrUnknown(api, right)));
  const missing = wanted.filter((_, index) => !allowed[index]).map(spell);
  if (missing.length === 0) return;
  throw new Problem("LAB-GRD-015", file, `the user of its context ${context} may not ${missing.join(", ")}`, {
    remedy: "Use a context whose user may, such as the cluster's administrator.",
  });
}

/** "create pods/exec in kube-system" */
function spell({ verb, resource, subresource, group, namespace: where }: V1ResourceAttributes): string {
  const what = `${resource}${subresource === undefined ? "" : `/${subresource}`}${group === undefined ? "" : `.${group}`}`;
  return `${verb} ${what}${where === undefined ? "" : ` in ${where}`}`;
}

/** Where nobody may even ask, the request itself will tell. */
async function mayOrUnknown(api: ClusterApi, right: V1ResourceAttributes): Promise<boolean> {
  try {
    return await api.may(right);
  } catch (error) {
    if (error instanceof Refused && error.status === 403) return true;
    throw error;
  }
}
