import { Problem } from "@k3s-lab/problem";
import type { ClusterApi, Right } from "./cluster-api.js";
import { names } from "./names.js";

export type Purpose = "see" | "guard" | "remove";

const { namespace } = names;
const daemonSets = { group: "apps", resource: "daemonsets", namespace };
const seeing: readonly Right[] = [
  { verb: "list", resource: "nodes" },
  { verb: "list", resource: "pods", namespace },
  { verb: "create", resource: "pods", subresource: "exec", namespace },
  { verb: "get", ...daemonSets },
];
const setting: readonly Right[] = [
  { verb: "create", ...daemonSets },
  { verb: "patch", ...daemonSets },
];

const rights: Readonly<Record<Purpose, readonly Right[]>> = {
  see: seeing,
  guard: [...seeing, ...setting],
  remove: [...seeing, ...setting, { verb: "delete", ...daemonSets }],
};

/** Throws a Problem that names every permission that the kubeconfig's user lacks, before anything is touched. */
export async function checkRights(api: ClusterApi, purpose: Purpose): Promise<void> {
  const { file, context } = api.target;
  const wanted = rights[purpose];
  const allowed = await Promise.all(wanted.map((right) => api.may(right)));
  const missing = wanted.filter((_, index) => !allowed[index]).map(format);
  if (missing.length === 0) return;
  throw new Problem("LAB-GRD-015", file, `the user of its context ${context} may not ${missing.join(", ")}`, {
    remedy: "Use a context whose user may, such as the cluster's administrator.",
  });
}

/** "create pods/exec in kube-system" */
function format({ verb, resource, subresource, group, namespace: where }: Right): string {
  const what = `${resource}${subresource === undefined ? "" : `/${subresource}`}${group === undefined ? "" : `.${group}`}`;
  return `${verb} ${what}${where === undefined ? "" : ` in ${where}`}`;
}
