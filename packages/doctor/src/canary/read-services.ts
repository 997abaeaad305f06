import { readFile } from "node:fs/promises";
import { openApi } from "@k3s-lab/kube";
import { Problem } from "@k3s-lab/problem";

interface ServiceList {
  readonly items: readonly { readonly spec?: { readonly clusterIPs?: readonly string[] } }[];
}

/** The addresses that the cluster's services have. */
export async function readServiceAddresses(kubeconfig: string, signal: AbortSignal): Promise<readonly string[]> {
  const api = openApi(await readFile(kubeconfig, "utf8"));
  if (api === undefined)
    throw new Problem("LAB-DOC-004", kubeconfig, "is no kubeconfig of K3s", { remedy: "Run `npm run lab:up`." });
  const { items } = await api.get<ServiceList>("/api/v1/services", signal);
  return items.flatMap(({ spec }) => spec?.clusterIPs ?? []);
}
