import { existsSync, mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** An empty folder for a moment. Images can be larger than a /tmp in memory, so it is where skopeo has its own. */
export function makeScratch(purpose: string, env: NodeJS.ProcessEnv = process.env): string {
  const parent = env.TMPDIR ?? (existsSync("/var/tmp") ? "/var/tmp" : tmpdir());
  return mkdtempSync(join(parent, `k3s-lab-${purpose}-`));
}
