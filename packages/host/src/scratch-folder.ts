import { chownSync, existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Caller } from "./caller.js";

/**
 * Makes an empty folder, which only its owner may enter, and which is removed when it is disposed of. An image can be larger
 * than a /tmp in memory, so the folder is where skopeo and Podman make their own temporary files. For root, it may belong to
 * another user.
 */
export function scratchFolder(
  purpose: string,
  env: NodeJS.ProcessEnv = process.env,
  owner?: Pick<Caller, "uid" | "gid">,
): Disposable & { readonly path: string } {
  const parent = env.TMPDIR ?? (existsSync("/var/tmp") ? "/var/tmp" : tmpdir());
  const path = mkdtempSync(join(parent, `k3s-lab-${purpose}-`));
  if (owner) chownSync(path, owner.uid, owner.gid);
  return { path, [Symbol.dispose]: () => rmSync(path, { recursive: true }) };
}
