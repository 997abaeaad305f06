// What package.json's scripts run: `node scripts/bin/run.js NAME ARGUMENTS`.
import { start } from "./start.js";

const [name] = process.argv.splice(2, 1);
await start(name);
