import { readFileSync } from "node:fs";

/** Returns the version that all packages of k3s-lab have. */
export function ownVersion(): string {
  const file = new URL("../../packages/lab/package.json", import.meta.url);
  return (JSON.parse(readFileSync(file, "utf8")) as { readonly version: string }).version;
}
