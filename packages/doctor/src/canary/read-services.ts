import { readFile } from "node:fs/promises";
import { openApiOf } from "@k3s-lab/kube";

interface Service {
  readonly spec?: { readonly clusterIPs?: readonly string[] };
}

/** The addresses that the cluster's services have. */
export async function readServiceAddresses(kubeconfig: string, signal: AbortSignal): Promise<readonly string[]> {
  const api = openApiOf(await readFile(kubeconfig, "utf8"), kubeconfig);
  const services = await api.list<Service>("/api/v1/services", signal);
  return services.flatMap(({ spec }) => spec?.clusterIPs ?? []);
}
