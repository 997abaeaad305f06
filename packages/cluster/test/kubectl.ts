// The lab's own kubectl, as `npm run kubectl` runs it.
import { findConfig, openLab } from "@k3s-lab/lab";
import { passKubectl } from "../src/index.js";

process.exitCode = await passKubectl(await openLab(findConfig(undefined)), process.argv.slice(2));
