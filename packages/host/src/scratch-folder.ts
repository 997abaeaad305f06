import { chownSync, existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Caller } from "./caller.js";
import { isMarkRunning, processMark, processSpace } from "./process-mark.js";

/** What scratch folders are made for, as their names tell. */
const purposes = ["files", "images", "load", "push", "report", "store", "terminal"] as const;
type Purpose = (typeof purposes)[number];

/**
 * Makes an empty folder, which only its owner may enter, and which is removed when it is disposed of. An image can be larger
 * than a /tmp in memory, so the folder is where skopeo and Podman make their own temporary files. For root, it may belong to
 * another user. Its name tells whose it is, so that what a killed process leaves can be removed later.
 */
export function scratchFolder(
  purpose: Purpose,
  env: NodeJS.ProcessEnv = process.env,
  owner?: Pick<Caller, "uid" | "gid">,
): Disposable & { readonly path: string } {
  const path = mkdtempSync(join(scratchParent(env), `k3s-lab-${purpose}-${processMark()}-${processSpace()}-`));
  if (owner) chownSync(path, owner.uid, owner.gid);
  return { path, [Symbol.dispose]: () => rmSync(path, { recursive: true }) };
}

/** Returns the folder that scratch folders are made in. */
export function scratchParent(env: NodeJS.ProcessEnv = process.env): string {
  return env.TMPDIR ?? (existsSync("/var/tmp") ? "/var/tmp" : tmpdir());
}

const named = new RegExp(String.raw`^k3s-lab-(?:${purposes.join("|")})-(?:(?<mark>\d+-\d*)-(?<space>\d*)-)?\w{6}$`);

/**
 * Tells by its name whether a scratch folder is still in use: "unknown" where its process is in another container, and of
 * folders that were made before names told it. Undefined where the name is not that of a scratch folder.
 */
export function scratchUse(name: string): "used" | "left" | "unknown" | undefined {
  const match = named.exec(name);
  if (match === null) return undefined;
  const { mark, space } = match.groups ?? {};
  if (mark === undefined || space !== processSpace()) return "unknown";
  return isMarkRunning(mark) ? "used" : "left";
}
