import { join } from "node:path";
import { cacheDir } from "@k3s-lab/host";

/** Where a k3s that runs on the host unpacks what it carries, instead of into /var/lib/rancher. */
export function hostDataDir(): string {
  return join(cacheDir(), "k3s-data");
}

/** A configuration of nothing but that folder: the front of an official k3s looks for it there only. */
export function hostConfigFile(): string {
  return join(hostDataDir(), "config.yaml");
}

/** The environment of a k3s that runs on the host, such as `k3s kubectl`. */
export function hostEnvironment(): Readonly<Record<string, string>> {
  return { K3S_DATA_DIR: hostDataDir(), K3S_CONFIG_FILE: hostConfigFile() };
}
