import { writeFileSync } from "node:fs";
import { eventsJsonSchema } from "./events-schema.js";

writeFileSync(new URL("events.schema.json", import.meta.url), eventsJsonSchema());
