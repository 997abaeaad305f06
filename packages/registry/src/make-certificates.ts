// tsyringe, which the library is built on, asks for it.
import "reflect-metadata";
import { createPrivateKey, type webcrypto, X509Certificate as NodeCertificate } from "node:crypto";
import {
  BasicConstraintsExtension,
  ExtendedKeyUsage,
  ExtendedKeyUsageExtension,
  KeyUsageFlags,
  KeyUsagesExtension,
  SubjectAlternativeNameExtension,
  X509Certificate,
  X509CertificateGenerator,
} from "@peculiar/x509";
import { type KeyPair } from "./keys.js";
import { subjectsOf } from "./wanted-keys.js";
import type { Registry } from "./registry.js";

const algorithm = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" } as const;
const day = 24 * 3_600_000;
/** Days. Programs refuse the certificate of a server that is valid for more than 825. */
const validity = { authority: 3650, server: 365 };

/** Makes the authority of a lab's registry, which signs nothing else. */
export async function makeAuthority(lab: string): Promise<KeyPair> {
  const keys = await crypto.subtle.generateKey(algorithm, true, ["sign", "verify"]);
  const certificate = await X509CertificateGenerator.createSelfSigned({
    name: [{ CN: [`k3s-lab registry of ${lab}`] }],
    keys,
    signingAlgorithm: algorithm,
    ...period(validity.authority),
    extensions: [
      new BasicConstraintsExtension(true, 0, true),
      new KeyUsagesExtension(KeyUsageFlags.keyCertSign | KeyUsageFlags.cRLSign, true),
    ],
  });
  return { certificate: pemOf(certificate), key: await keyOf(keys.privateKey) };
}

/** Makes the registry's certificate, for all that it is called on nodes, on the host and in pods. */
export async function makeServer(authority: KeyPair, registry: Pick<Registry, "node" | "address">): Promise<KeyPair> {
  const keys = await crypto.subtle.generateKey(algorithm, true, ["sign", "verify"]);
  const { names, addresses } = subjectsOf(registry);
  const issuer = new X509Certificate(authority.certificate);
  const certificate = await X509CertificateGenerator.create({
    subject: [{ CN: [registry.node] }],
    issuer: issuer.subject,
    publicKey: keys.publicKey,
    signingKey: await signingKeyOf(authority),
    signingAlgorithm: algorithm,
    ...period(validity.server),
    extensions: [
      new BasicConstraintsExtension(false, undefined, true),
      new KeyUsagesExtension(KeyUsageFlags.digitalSignature, true),
      new ExtendedKeyUsageExtension([ExtendedKeyUsage.serverAuth]),
      new SubjectAlternativeNameExtension([
        ...names.map((value) => ({ type: "dns" as const, value })),
        ...addresses.map((value) => ({ type: "ip" as const, value })),
      ]),
    ],
  });
  return { certificate: pemOf(certificate), key: await keyOf(keys.privateKey) };
}

/** From a day ago, since the clocks of virtual machines may be behind. */
function period(days: number): { readonly notBefore: Date; readonly notAfter: Date } {
  return { notBefore: new Date(Date.now() - day), notAfter: new Date(Date.now() + days * day) };
}

function pemOf({ rawData }: X509Certificate): string {
  return new NodeCertificate(Buffer.from(rawData)).toString();
}

async function keyOf(key: webcrypto.CryptoKey): Promise<string> {
  const der = Buffer.from(await crypto.subtle.exportKey("pkcs8", key));
  return createPrivateKey({ key: der, format: "der", type: "pkcs8" })
    .export({ format: "pem", type: "pkcs8" })
    .toString();
}

async function signingKeyOf({ key }: KeyPair): Promise<webcrypto.CryptoKey> {
  const der = createPrivateKey(key).export({ format: "der", type: "pkcs8" });
  return crypto.subtle.importKey("pkcs8", Uint8Array.from(der), algorithm, false, ["sign"]);
}
