import { writeFileSync } from "node:fs";
import { doctorPage, root } from "./rules-table.js";

writeFileSync(`${root}docs/doctor.md`, doctorPage());
