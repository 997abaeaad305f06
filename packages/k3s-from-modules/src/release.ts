import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

export type Arch = "amd64" | "arm64";

/** The folder of the Go sources, beside dist/ and src/. */
export const sources = fileURLToPath(new URL("../go", import.meta.url));

/** The names of the images in the archives, which manifests use, too. */
export const images = {
  pause: "docker.io/rancher/mirrored-pause:3.6",
  coredns: "docker.io/rancher/mirrored-coredns-coredns:1.14.1",
  metrics: "docker.io/rancher/mirrored-metrics-server:v0.8.0",
  registry: "docker.io/library/registry:3.1.2",
} as const;

export interface ReleaseFiles {
  readonly binary: string;
  readonly images: string;
  readonly metrics: string;
  readonly registry: string;
  readonly sums: string;
  readonly version: string;
}

/** Returns the names that a K3s release gives its files; the archives of metrics-server and the registry are k3s-lab's own. */
export function releaseFiles(arch: Arch): ReleaseFiles {
  return {
    binary: arch === "amd64" ? "k3s" : `k3s-${arch}`,
    images: `k3s-airgap-images-${arch}.tar`,
    metrics: `k3s-airgap-metrics-${arch}.tar`,
    registry: `k3s-airgap-registry-${arch}.tar`,
    sums: `sha256sum-${arch}.txt`,
    version: "VERSION",
  };
}

/** Returns the version that a go.mod requires of a module, with its v. */
export function requiredVersion(goMod: string, module: string): string {
  const escaped = module.replaceAll(".", String.raw`\.`);
  const found = new RegExp(String.raw`^\s*(?:require\s+)?${escaped}\s+(v\S+)`, "m").exec(goMod);
  if (!found?.[1]) throw new Error(`go.mod: no requirement of ${module}`);
  return found[1];
}

/** Reads a module's go.mod. */
export function readGoMod(module: string): string {
  return readFileSync(`${sources}/${module}/go.mod`, "utf8");
}

/** Returns the version that `k3s --version` and the nodes report. */
export function kubernetesVersion(): string {
  return `${requiredVersion(readGoMod("k3s"), "k8s.io/kubernetes")}+modules`;
}
