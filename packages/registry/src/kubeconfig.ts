import { existsSync, readFileSync } from "node:fs";

/** How the host reaches the cluster's API, and as whom. */
export interface ApiAccess {
  /** "https://10.76.0.10:6443" */
  readonly server: string;
  readonly ca: Buffer;
  readonly cert: Buffer;
  readonly key: Buffer;
}

/** Reads the lab's kubeconfig; undefined where there is none yet. */
export function readAccess(path: string): ApiAccess | undefined {
  return existsSync(path) ? parseAccess(readFileSync(path, "utf8")) : undefined;
}

/** The one cluster and the one user that K3s writes, each key on a line of its own: a YAML parser costs 50 ms. */
export function parseAccess(text: string): ApiAccess | undefined {
  const value = (key: string) => new RegExp(String.raw`^\s*(?:- )?${key}:\s*"?([^"\s]+)"?\s*$`, "m").exec(text)?.[1];
  const server = value("server");
  const ca = value("certificate-authority-data");
  const cert = value("client-certificate-data");
  const key = value("client-key-data");
  if (server === undefined || ca === undefined || cert === undefined || key === undefined) return undefined;
  return { server, ca: decode(ca), cert: decode(cert), key: decode(key) };
}

const decode = (base64: string): Buffer => Buffer.from(base64, "base64");
