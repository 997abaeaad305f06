/** How a cluster's API is reached and believed; keys and certificates as kubeconfigs have them, in base64. */
export interface Credentials {
  readonly ca: string;
  readonly certificate: string;
  readonly key: string;
}

/** Reads a kubeconfig of one cluster and one user, such as K3s writes; undefined where a part of it is missing. */
export function credentialsIn(kubeconfig: string): Credentials | undefined {
  const value = (key: string) =>
    new RegExp(`^\\s*(?:- )?${key}: *["']?([A-Za-z0-9+/=]+)["']?\\s*$`, "m").exec(kubeconfig)?.[1];
  const ca = value("certificate-authority-data");
  const certificate = value("client-certificate-data");
  const key = value("client-key-data");
  if (ca === undefined || certificate === undefined || key === undefined) return undefined;
  return { ca, certificate, key };
}

/** "https://10.76.0.10:6443" */
export function serverIn(kubeconfig: string): string | undefined {
  return /^\s*(?:- )?server: *["']?([^\s"']+)["']?\s*$/m.exec(kubeconfig)?.[1];
}

/** A kubeconfig under the lab's own name, so that merged with others it stays apart from every other K3s' "default". */
export function labKubeconfig(name: string, server: string, { ca, certificate, key }: Credentials): string {
  return `apiVersion: v1
kind: Config
clusters:
  - name: ${name}
    cluster:
      server: ${server}
      certificate-authority-data: ${ca}
users:
  - name: ${name}
    user:
      client-certificate-data: ${certificate}
      client-key-data: ${key}
contexts:
  - name: ${name}
    context:
      cluster: ${name}
      user: ${name}
current-context: ${name}
`;
}
