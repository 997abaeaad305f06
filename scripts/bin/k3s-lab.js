#!/usr/bin/env node
// Committed, so that npm finds it and links the command before the project is built.
import { start } from "./start.js";

await start("k3s-lab");
