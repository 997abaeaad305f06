import { X509Certificate } from "node:crypto";

export interface Certificate {
  /** On the node. */
  readonly file: string;
  /** Milliseconds since 1970. */
  readonly expires: number;
}

const pem = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/;

/** Of each file the first certificate: what follows is who has signed it. A node may lack openssl, so it is read here. */
export function certificatesIn(files: ReadonlyMap<string, string>): readonly Certificate[] {
  return [...files].flatMap(([file, text]) => {
    const [block] = pem.exec(text) ?? [];
    if (block === undefined) return [];
    return [{ file, expires: new Date(new X509Certificate(block).validTo).getTime() }];
  });
}
