#!/usr/bin/env node
import { runStage, type Task } from "@k3s-lab/stages";
import { chain } from "./chain.js";

// Started by turbo, by the scripts `lab:fetch` and `lab:up` of each stage's package: NAME fetch|up.
const [name = "", task = ""] = process.argv.slice(2);
await runStage(chain, name, task as Task);
