import { Problem } from "@k3s-lab/problem";

/** What a release calls an architecture: in the names of sums and images, and as the suffix of the binary. */
export interface Arch {
  readonly name: "amd64" | "arm64" | "arm" | "s390x";
  readonly binary: string;
}

const arches: Readonly<Record<string, Arch>> = {
  x64: { name: "amd64", binary: "k3s" },
  arm64: { name: "arm64", binary: "k3s-arm64" },
  arm: { name: "arm", binary: "k3s-armhf" },
  s390x: { name: "s390x", binary: "k3s-s390x" },
};

/** Machines are of the host's own architecture. */
export function hostArch(arch: string = process.arch): Arch {
  const found = arches[arch];
  if (found === undefined) throw new Problem("LAB-SRC-003", "host", `K3s has no release for its processor (${arch})`);
  return found;
}

export function sumsFile(arch: Arch): string {
  return `sha256sum-${arch.name}.txt`;
}
