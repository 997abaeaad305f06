// A folder that is to commands what a checkout of the project is to a person: what they type works there, and leaves there
// what it makes.
import { cpSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { root } from "../drive-lab.js";

/** Makes a folder look like a checkout. Examples are copied, since their pipeline and its lab write beside them. */
export function makeCheckout(dir: string): void {
  for (const name of ["package.json", "node_modules", "packages", "scripts", "docs"]) {
    symlinkSync(join(root, name), join(dir, name));
  }
  for (const name of ["ci", "hello"])
    cpSync(join(root, "examples", name), join(dir, "examples", name), { recursive: true });
}
