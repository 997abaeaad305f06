import { Problem } from "@k3s-lab/problem";
import type { Asked } from "./release.js";

/** Returns the address of a release's file. The + of a version is data, which a URL's path must encode. */
export function releaseUrl({ baseUrl, version }: Pick<Asked, "baseUrl" | "version">, file: string): string {
  return `${baseUrl.replace(/\/+$/, "")}/${encodeURIComponent(version)}/${file}`;
}

/** A password is not shown: as part of the address it would be in every message, and in .lab/. */
export function checkBaseUrl(baseUrl: string): void {
  const { username, password } = new URL(baseUrl);
  if (username === "" && password === "") return;
  throw new Problem("LAB-SRC-015", "cluster.baseUrl", "holds a name or a password, expected an address alone", {
    remedy: "Use a mirror that asks for none.",
  });
}
