import { readFile } from "node:fs/promises";
import { parseKubeconfig } from "@k3s-lab/kube";
import { type Certificate, certificatesOf } from "./certificates.js";

/** Reads the client's certificate in a kubeconfig; undefined where there is none, or this user may not read it. */
export async function certificateIn(path: string): Promise<Certificate | undefined> {
  const text = await readFile(path, "utf8").catch(() => "");
  const { certificate = "" } = parseKubeconfig(text) ?? {};
  return certificatesOf([["kubeconfig", Buffer.from(certificate, "base64").toString()]])[0];
}

/** Says that the client's certificate in a kubeconfig has ended; undefined where it holds. */
export async function whyRefused(path: string, now = Date.now()): Promise<string | undefined> {
  const certificate = await certificateIn(path);
  if (certificate === undefined || Date.parse(certificate.ends) > now) return undefined;
  return `${path}: its certificate ended on ${certificate.ends.slice(0, 10)}, so the cluster refuses it. Run \`npm run lab:up\`, which renews it.`;
}
