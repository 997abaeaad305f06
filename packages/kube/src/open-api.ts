import { Api } from "./api.js";
import { credentialsIn, serverIn } from "./kubeconfig.js";

/** The API that a kubeconfig leads to; undefined where a part of it is missing. */
export function openApi(kubeconfig: string): Api | undefined {
  const server = serverIn(kubeconfig);
  const credentials = credentialsIn(kubeconfig);
  return server === undefined || credentials === undefined ? undefined : new Api(server, credentials);
}
