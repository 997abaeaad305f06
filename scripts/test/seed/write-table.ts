import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { root } from "./original.js";
import { seedTable } from "./table.js";

writeFileSync(join(root, "docs/seed.md"), seedTable());
