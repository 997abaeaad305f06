import { exitCode, Problem } from "@k3s-lab/lab";
import type { Asked } from "./release.js";

/** The address of a release's file; the + of a version is data, which a URL's path has to say. */
export function releaseUrl({ baseUrl, version }: Pick<Asked, "baseUrl" | "version">, file: string): string {
  return `${baseUrl.replace(/\/+$/, "")}/${encodeURIComponent(version)}/${file}`;
}

/** What is wrong with the address of a mirror is said before anything is asked for. */
export function checkBaseUrl(baseUrl: string): void {
  const { protocol, username, password } = new URL(baseUrl);
  // Not shown: it would be in every message, and in .lab/.
  if (username !== "" || password !== "") {
    throw wrong("holds a name or a password, expected an address alone", "Use a mirror that asks for none.");
  }
  if (protocol !== "http:" && protocol !== "https:") {
    const remedy = "For files on this machine, set cluster.source to directory.";
    throw wrong(`${baseUrl} is not of HTTP, expected http:// or https://`, remedy);
  }
}

function wrong(what: string, remedy: string): Problem {
  return new Problem("cluster.baseUrl", what, { remedy, exitCode: exitCode.usage });
}
