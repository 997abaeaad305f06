import { X509Certificate } from "node:crypto";
import type { Section } from "@k3s-lab/machines";
import { k3sPaths } from "./paths.js";

export interface Certificate {
  /** Its file, below K3s' data: "server/tls/serving-kube-apiserver.crt". */
  readonly name: string;
  /** When it ends, in ISO 8601. */
  readonly ends: string;
}

/** A certificate on a node. */
export interface NodeCertificate extends Certificate {
  /** When its file was written, by the node's clock in seconds since 1970. */
  readonly written?: number;
}

/** Asks a node for K3s' certificates. They are public; keys stay where they are. */
export const certificatesSection: Section<readonly NodeCertificate[]> = {
  file: new URL("../shell/certificates.sh", import.meta.url),
  args: [k3sPaths.root],
  parse: (output) => {
    const written = new Map(
      [...output.matchAll(/^written (\d+) (\S+)$/gm)].map(([, seconds, name = ""]) => [name, Number(seconds)]),
    );
    const files = output.split(/^certificate (?=\S+$)/m).slice(1);
    const read = certificatesOf(
      files.map((file) => [file.slice(0, file.indexOf("\n")), file.slice(file.indexOf("\n") + 1)]),
    );
    return read.map((each) => {
      const seconds = written.get(each.name);
      return seconds === undefined ? each : { ...each, written: seconds };
    });
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
