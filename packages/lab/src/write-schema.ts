import { writeFileSync } from "node:fs";
import { jsonSchema } from "./schema.js";

writeFileSync(new URL("../lab.schema.json", import.meta.url), jsonSchema());
