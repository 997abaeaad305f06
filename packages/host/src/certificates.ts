import { X509Certificate } from "node:crypto";
import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { join, resolve } from "node:path";
import { readText } from "./read-text.js";

/** The certificate of an authority that was added to what a host trusts. */
export interface Authority {
  readonly file: string;
  /** What it calls itself. */
  readonly name: string;
  readonly pem: string;
}

/** Where a system keeps all that its programs trust, in one file. */
const stores = [
  "/etc/ssl/certs/ca-certificates.crt", // Debian, Ubuntu, Alpine, Arch
  "/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem", // Fedora
  "/etc/pki/tls/certs/ca-bundle.crt", // older ones of its kind
  "/etc/ssl/ca-bundle.pem", // SUSE
  "/etc/ssl/cert.pem", // macOS, BSD
] as const;

/** Where administrators put their own authorities. */
interface Anchors {
  readonly folder: string;
  /** The end of the names that count there. Default: every name. */
  readonly end?: string;
  /** Whether the folders below it belong to it. */
  readonly isDeep: boolean;
}

const anchors: readonly Anchors[] = [
  { folder: "/usr/local/share/ca-certificates", end: ".crt", isDeep: true }, // Debian, Ubuntu, Alpine
  { folder: "/etc/pki/ca-trust/source/anchors", isDeep: true }, // Fedora, RHEL
  { folder: "/usr/share/pki/ca-trust-source/anchors", isDeep: true },
  { folder: "/etc/pki/trust/anchors", isDeep: true }, // SUSE
  { folder: "/usr/share/pki/trust/anchors", isDeep: true },
  { folder: "/etc/ca-certificates/trust-source/anchors", isDeep: true }, // Arch
  { folder: "/usr/share/ca-certificates/trust-source/anchors", isDeep: true },
  // Beside the anchors, `trust anchor` of p11-kit writes what it was given. What distributions bring is under /usr/share.
  { folder: "/etc/pki/ca-trust/source", end: ".p11-kit", isDeep: false },
  { folder: "/etc/pki/trust", end: ".p11-kit", isDeep: false },
  { folder: "/etc/ca-certificates/trust-source", end: ".p11-kit", isDeep: false },
];

/** By which programs (Go's and OpenSSL's, Node, Python's requests, curl) are told what else to trust. */
export const certificateVariables = [
  "SSL_CERT_FILE",
  "NODE_EXTRA_CA_CERTS",
  "REQUESTS_CA_BUNDLE",
  "CURL_CA_BUNDLE",
] as const;

/** Returns the files that variables of a shell name, if they exist. */
export function certificateFiles(env: NodeJS.ProcessEnv = process.env): readonly string[] {
  const named = certificateVariables.flatMap((name) => env[name] || []);
  const files = new Set(named.map((file) => resolve(env.INIT_CWD ?? process.cwd(), file)));
  return [...files].filter((file) => existsSync(file) && statSync(file).isFile());
}

/** Returns what the host's programs trust, as PEM: the system's store, and the files that variables name. */
export function hostStores(
  env: NodeJS.ProcessEnv = process.env,
  places: readonly string[] = stores,
): readonly string[] {
  const system = places.find((place) => existsSync(place));
  return [...new Set([...(system ? [system] : []), ...certificateFiles(env)])].flatMap((file) => {
    const text = readText(file);
    return text?.includes("-----BEGIN CERTIFICATE-----") ? [text] : [];
  });
}

/**
 * Returns every certificate that k3s-lab's HTTPS trusts: what the host trusts, and what Node brings. Node 20 by itself does
 * not read the system's store.
 */
export async function trustedCertificates(env: NodeJS.ProcessEnv = process.env): Promise<string[]> {
  const { rootCertificates } = await import("node:tls");
  return [...rootCertificates, ...hostStores(env)];
}

interface Fault {
  /** What is wrong with a file, worded to follow its name. */
  readonly what: string;
  /** Whether it is a certificate whose time is over. */
  readonly isExpired?: true;
}

/** A file that holds something that cannot be trusted. */
interface UnfitFile extends Fault {
  readonly file: string;
}

export interface Added {
  readonly authorities: readonly Authority[];
  readonly unfit: readonly UnfitFile[];
}

/** Reads the authorities that an administrator has added to the host's store. */
export function addedAuthorities(places: readonly Anchors[] = anchors, now = Date.now()): Added {
  return joinAdded(places.flatMap(filesOf).map((file) => readAuthorities(file, now)));
}

export function joinAdded(all: readonly Added[]): Added {
  return { authorities: all.flatMap((each) => each.authorities), unfit: all.flatMap((each) => each.unfit) };
}

/**
 * Reads the authorities of a file that are not in every bundle: neither in the system's store nor in Mozilla's list, as Node
 * brings it. Bundles keep public authorities whose time is over, which is nobody's mistake: they are passed over.
 */
export function ownAuthorities(file: string, places: readonly string[] = stores, now = Date.now()): Added {
  const system = places.find((place) => existsSync(place));
  if (file === system) return { authorities: [], unfit: [] };
  const { authorities, unfit } = readAuthorities(file, now);
  // Loaded late: most shells name no file.
  const { rootCertificates } = process.getBuiltinModule("node:tls");
  const usual = [(system && readText(system)) ?? "", ...rootCertificates].flatMap((text) => text.match(pemBlock) ?? []);
  const bytes = (pem: string) => pem.replaceAll(/-----[^-]*-----|\s/g, "");
  const known = new Set(usual.map(bytes));
  return {
    authorities: authorities.filter(({ pem }) => !known.has(bytes(pem))),
    unfit: authorities.length > 0 ? unfit.filter(({ isExpired }) => !isExpired) : unfit,
  };
}

/** A certificate in PEM: OpenSSL's own form of it says in addition what it is trusted for. */
const pemBlock = /-----BEGIN ((?:TRUSTED |X509 )?CERTIFICATE)-----[^-]+-----END \1-----/g;
const pemStart = /-----BEGIN (?:TRUSTED |X509 )?CERTIFICATE-----/g;

/** Reads the certificates of a file, PEM or DER: those that are right, and what is wrong with the others. */
export function readAuthorities(file: string, now = Date.now()): Added {
  const unfit = (what: string) => [{ file, what }];
  let content: Buffer;
  try {
    content = readFileSync(file);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    const whats: Readonly<Record<string, string>> = {
      ENOENT: "does not exist",
      EISDIR: "is a folder, expected a file",
    };
    return { authorities: [], unfit: unfit(whats[code ?? ""] ?? `cannot be read (${code})`) };
  }
  const text = trustedPart(content.toString("latin1"));
  if (/-----BEGIN [A-Z ]*PRIVATE KEY-----/.test(text)) {
    return { authorities: [], unfit: unfit("holds a private key, expected certificates only") };
  }
  const blocks = text.match(pemBlock) ?? [];
  const starts = text.match(pemStart) ?? [];
  const isPem = starts.length > 0 || text.startsWith(p11Kit);
  const parts = isPem ? blocks : [content];
  const read = parts.map((part, index) => {
    const found = readCertificate(part, now);
    if (!("what" in found)) return { ...found, file };
    const { what, isExpired } = found;
    const alone = what === unreadable ? "holds no certificate that can be read" : what;
    const many = `holds ${parts.length} certificates, number ${index + 1} of which ${what}`;
    return { file, what: parts.length === 1 ? alone : many, ...(isExpired && { isExpired }) };
  });
  const isCut = blocks.length !== starts.length;
  return {
    authorities: read.filter((each) => "pem" in each),
    unfit: [...read.filter((each) => "what" in each), ...(isCut ? unfit("is cut off in a certificate") : [])],
  };
}

const p11Kit = "[p11-kit-object-v1]";

/** Returns what a file of p11-kit's trusts; what it distrusts is in the same form. Other files stay as they are. */
function trustedPart(text: string): string {
  const [, ...objects] = text.split(p11Kit);
  if (objects.length === 0) return text;
  const isTrusted = (object: string) => /^trusted:\s*true\b/m.test(object) && !/^x-distrusted:\s*true\b/m.test(object);
  return [p11Kit, ...objects.filter(isTrusted)].join("\n");
}

const unreadable = "cannot be read";

/** Reads one certificate; or returns what is wrong with it. */
function readCertificate(part: string | Buffer, now: number): Pick<Authority, "name" | "pem"> | Fault {
  let certificate: X509Certificate;
  try {
    certificate = new X509Certificate(part);
  } catch {
    return { what: unreadable };
  }
  const name = nameOf(certificate);
  const { validFrom, validTo } = certificate;
  const day = (date: string) => new Date(date).toISOString().slice(0, 10);
  if (Date.parse(validTo) < now) return { what: `expired on ${day(validTo)} (${name})`, isExpired: true };
  if (Date.parse(validFrom) > now) return { what: `is not valid before ${day(validFrom)} (${name})` };
  return { name, pem: certificate.toString() };
}

function nameOf({ subject }: X509Certificate): string {
  return /^CN=(.*)$/m.exec(subject)?.[1] ?? subject.split("\n").at(-1) ?? "without a name";
}

/** Lists the files that count in a folder, by links too; none where there is no such folder. */
function filesOf({ folder, end = "", isDeep }: Anchors): readonly string[] {
  try {
    return readdirSync(folder, { recursive: isDeep, encoding: "utf8" })
      .filter((name) => name.endsWith(end))
      .map((name) => join(folder, name))
      .filter((path) => statSync(path, { throwIfNoEntry: false })?.isFile())
      .toSorted();
  } catch {
    return [];
  }
}
