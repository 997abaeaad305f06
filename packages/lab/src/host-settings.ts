import { existsSync } from "node:fs";
import { delimiter } from "node:path";
import {
  type Added,
  addedAuthorities,
  certificateFiles,
  hostStores,
  joinAdded,
  ownAuthorities,
  readAuthorities,
} from "@k3s-lab/host";
import { Problem } from "@k3s-lab/problem";
import * as v from "valibot";
import type { LabConfig } from "./config.js";
import type { Lab } from "./lab.js";
import { namedPath } from "./named-path.js";
import type { StateFile } from "./state.js";

/** Reads the authorities that lab.yaml names. Throws (exit code 2) for a file that holds none that can be trusted. */
function namedAuthorities({ config, file }: Pick<Lab, "config" | "file">): Added {
  const read = config.host.certificates.map((written, index) => {
    const path = namedPath({ file }, written);
    const found = readAuthorities(path);
    if (found.authorities.length > 0) return found;
    const what = found.unfit[0]?.what ?? "holds no certificate that is to be trusted";
    const remedy = `Name files with certificates of authorities, PEM or DER, in host.certificates.${index} of ${file}.`;
    throw new Problem("LAB-CFG-015", path, what, { remedy });
  });
  return joinAdded(read);
}

/** `.lab/certificate-files.json` */
export const certificateFilesRecord: StateFile<{ readonly files: readonly string[] }> = {
  file: "certificateFiles",
  version: 1,
  schema: v.object({ files: v.array(v.string()) }),
};

/** What the caller's shell named, before useHostSettings() has replaced it: for the stages of this run. */
const ofShell = "K3S_LAB_CERTIFICATE_FILES";

interface OwnFile extends Added {
  readonly file: string;
}

/**
 * Reads the files of authorities that variables of this shell name, or that those of an earlier lab:up named. Another
 * shell, cron or sudo has other variables, and must not restart K3s without them.
 */
function filesOfShells({ state }: Pick<Lab, "state">, env: NodeJS.ProcessEnv = process.env): readonly OwnFile[] {
  const recorded = state.read(certificateFilesRecord)?.files ?? [];
  const named = env[ofShell]?.split(delimiter).filter(Boolean) ?? certificateFiles(env);
  return [...new Set([...recorded, ...named])]
    .filter((file) => existsSync(file))
    .map((file) => ({ file, ...ownAuthorities(file) }))
    .filter(({ file, authorities }) => authorities.length > 0 || recorded.includes(file));
}

/** Returns the paths of the files by which shells have told what nodes trust. */
export function nodesCertificateFiles(lab: Pick<Lab, "state">, env?: NodeJS.ProcessEnv): readonly string[] {
  return filesOfShells(lab, env).map(({ file }) => file);
}

/**
 * Returns the authorities that the host's administrator has added to the system's, that variables of a shell have named, and
 * that lab.yaml names.
 */
export function trustedByNodes(lab: Pick<Lab, "config" | "file" | "state">, env?: NodeJS.ProcessEnv): Added {
  const { authorities, unfit } = joinAdded([addedAuthorities(), ...filesOfShells(lab, env), namedAuthorities(lab)]);
  return { authorities: [...new Map(authorities.map((each) => [each.pem, each])).values()], unfit };
}

/**
 * Makes this process and the programs that it starts (skopeo, go, mmdebstrap) go by the proxies and trust the authorities
 * that lab.yaml names. Throws like namedAuthorities().
 */
export async function useHostSettings(lab: Pick<Lab, "config" | "file" | "state">): Promise<void> {
  useProxies(lab.config.host.proxy);
  const { authorities: named } = namedAuthorities(lab);
  const bundle = lab.state.path("certificates");
  // A stage gets this from its command.
  if (named.length === 0 || process.env.SSL_CERT_FILE === bundle) return;
  process.env[ofShell] ??= certificateFiles().join(delimiter);
  const stores = hostStores();
  const usual = stores.length > 0 ? stores : (await import("node:tls")).rootCertificates;
  lab.state.writeText(
    "certificates",
    [...usual, ...named.map(({ pem }) => pem)].map((pem) => `${pem.trimEnd()}\n`).join(""),
  );
  process.env.SSL_CERT_FILE = bundle;
  process.env.NODE_EXTRA_CA_CERTS = bundle;
}

function useProxies(proxy: LabConfig["host"]["proxy"]): void {
  if (typeof proxy === "string") return;
  const { http, https, noProxy } = proxy;
  const values = { http_proxy: http, https_proxy: https, no_proxy: noProxy && [noProxy].flat().join(",") };
  for (const [name, value] of Object.entries(values)) {
    for (const each of [name, name.toUpperCase()]) {
      if (value === undefined) delete process.env[each];
      else process.env[each] = value;
    }
  }
}
