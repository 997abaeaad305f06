import { writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { recursionPage } from "./recursion-page.js";

writeFileSync(fileURLToPath(new URL("../../../../docs/recursion.md", import.meta.url)), recursionPage());
