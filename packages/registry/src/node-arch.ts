/** As Go and image manifests name it. The machines have the host's. */
export function nodeArch(arch: string = process.arch): string {
  return { x64: "amd64", ia32: "386" }[arch] ?? arch;
}
