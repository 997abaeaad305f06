import { X509Certificate } from "node:crypto";
import type { Section } from "@k3s-lab/machines";
import { k3sPaths } from "./paths.js";

export interface Certificate {
  /** Its file, below K3s' data: "server/tls/serving-kube-apiserver.crt". */
  readonly name: string;
  /** When it ends, in ISO 8601. */
  readonly ends: string;
}

/** Asks a node for K3s' certificates. They are public; keys stay where they are. */
export const certificatesSection: Section<readonly Certificate[]> = {
  file: new URL("../shell/certificates.sh", import.meta.url),
  args: [k3sPaths.root],
  parse: (output) => {
    const files = output.split(/^certificate (?=\S+$)/m).slice(1);
    return certificatesOf(files.map((file) => [file.slice(0, file.indexOf("\n")), file.slice(file.indexOf("\n") + 1)]));
  },
};

/** Reads certificates in PEM, by their names; the one that ends first comes first. What is none is left out. */
export function certificatesOf(files: readonly (readonly [name: string, pem: string])[]): readonly Certificate[] {
  const read = files.flatMap(([name, pem]) => {
    try {
      return [{ name, ends: new Date(new X509Certificate(pem).validTo).toISOString() }];
    } catch {
      return [];
    }
  });
  return read.toSorted((one, other) => one.ends.localeCompare(other.ends));
}
