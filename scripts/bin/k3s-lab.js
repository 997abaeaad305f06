#!/usr/bin/env node
// Committed, so that npm finds it and links the command before the project is built.
import "../dist/k3s-lab.js";
