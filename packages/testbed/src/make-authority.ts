import { readFileSync } from "node:fs";
import { join } from "node:path";
import { run } from "@k3s-lab/exec";

export interface MadeAuthority {
  /** The path of its certificate, PEM. */
  readonly file: string;
  /** A key and a certificate, PEM, of a server at an IPv4 address. */
  readonly server: { readonly key: string; readonly cert: string };
}

/** Makes a certificate authority in a folder, by openssl, and the certificate of one server. */
export async function makeAuthority(dir: string, name: string, address: string): Promise<MadeAuthority> {
  const path = (end: string) => join(dir, `${name}-${end}`);
  const key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"];
  const file = path("ca.pem");
  await run("openssl", ["req", "-x509", ...key, "-subj", `/CN=${name}`, "-keyout", path("ca.key"), "-out", file]);
  const request = ["-subj", "/CN=server", "-addext", `subjectAltName=IP:${address}`];
  const signed = ["-CA", file, "-CAkey", path("ca.key"), "-keyout", path("key.pem"), "-out", path("cert.pem")];
  await run("openssl", [
    "req",
    "-x509",
    ...key,
    ...request,
    "-addext",
    "basicConstraints=critical,CA:FALSE",
    ...signed,
  ]);
  return { file, server: { key: readFileSync(path("key.pem"), "utf8"), cert: readFileSync(path("cert.pem"), "utf8") } };
}
