import { X509Certificate } from "node:crypto";

export interface Certificate {
  /** The path on the node. */
  readonly file: string;
  /** Milliseconds since 1970. */
  readonly expires: number;
}

const pem = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/;

/** Returns the first certificate of each file: those behind it are its issuers'. Read here, since a node may lack openssl. */
export function certificatesIn(files: ReadonlyMap<string, string>): readonly Certificate[] {
  return [...files].flatMap(([file, text]) => {
    const [block] = pem.exec(text) ?? [];
    if (block === undefined) return [];
    return [{ file, expires: new Date(new X509Certificate(block).validTo).getTime() }];
  });
}
