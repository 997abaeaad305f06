import { mkdirSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { folders, pages, root } from "./pages.js";

// `npm run docs`: writes every generated page, and removes those that are no longer made.
const made = pages();
for (const folder of folders) {
  mkdirSync(join(root, folder), { recursive: true });
  for (const name of readdirSync(join(root, folder))) {
    if (!made.has(`${folder}/${name}`)) rmSync(join(root, folder, name));
  }
}
for (const [path, text] of made) writeFileSync(join(root, path), text);
console.log(`${made.size} pages in ${folders.join(" and ")}`);
