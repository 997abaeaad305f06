import { shellWord } from "@k3s-lab/exec";
import type { Lab } from "@k3s-lab/lab";
import type { Registry } from "./registry.js";

export interface RegistryDescription {
  readonly name: string;
  readonly endpoint: string;
  /** The line of Docker's daemon.json without which `docker push` insists on HTTPS; absent where the registry speaks it. */
  readonly insecureRegistry?: string;
  /** By what name Docker pushes without further ado: "localhost:41873"; absent where there is none. */
  readonly trusted?: string;
  /** Where its users have to sign in: what does it, by the file with the password. */
  readonly signIn?: string;
  /** Where it speaks HTTPS: what makes Docker, and Podman, Buildah and skopeo, trust it. */
  readonly trust?: { readonly docker: string; readonly podman: string };
}

/** Describes a registry, and what the programs of this host need for it, as lines of a shell. */
export function describeRegistry(registry: Registry, { state }: Pick<Lab, "state">): RegistryDescription {
  const { name, host, endpoint, published, tls, auth, keys } = registry;
  // Of a registry that is published on this host, nodes alone resolve the name.
  const named = published === undefined ? name : host;
  const authority = shellWord(state.path("registryAuthority"));
  const install = (folder: string) => `install -D -m 644 ${authority} ${folder}/${named}/ca.crt`;
  const user = keys.login?.username ?? "lab";
  const password = shellWord(state.path("registryPassword"));
  return {
    name,
    endpoint,
    ...(!tls && { insecureRegistry: `"insecure-registries": ["${name}", "${host}"]` }),
    ...(published !== undefined && { trusted: host }),
    ...(auth && { signIn: `docker login --username ${user} --password-stdin ${named} < ${password}` }),
    ...(tls && {
      trust: {
        docker: `sudo ${install("/etc/docker/certs.d")}`,
        podman: install("~/.config/containers/certs.d"),
      },
    }),
  };
}

/** Returns the rows of a table that tell it to a person. */
export function setupRows(description: RegistryDescription): readonly (readonly [string, string])[] {
  const { insecureRegistry, trusted, signIn, trust } = description;
  const docker =
    trusted !== undefined
      ? `${trusted}/NAME:TAG, which Docker trusts as it is`
      : insecureRegistry === undefined
        ? undefined
        : `${insecureRegistry} in /etc/docker/daemon.json`;
  return [
    ...(docker === undefined ? [] : [["docker push", docker] as const]),
    ...(trust === undefined || trusted !== undefined ? [] : [["Docker trusts", trust.docker] as const]),
    ...(trust === undefined ? [] : [["Podman trusts", trust.podman] as const]),
    ...(signIn === undefined ? [] : [["Sign in", `${signIn}   (or podman login)`] as const]),
  ];
}
