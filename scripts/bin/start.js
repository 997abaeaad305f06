// Loads a command, and says in a sentence where it cannot be: in words that every Node.js understands which knows modules.
import { existsSync } from "node:fs";

const least = [20, 19];

/** Loads `dist/NAME.js`, which runs the command, or a stage of `lab:up`. */
export async function start(name) {
  const [major, minor] = process.versions.node.split(".").map(Number);
  if (major < least[0] || (major === least[0] && minor < least[1])) {
    return refuse(
      `Node.js: is ${process.version}, expected v${least.join(".")}.0 or later. Install it from https://nodejs.org; under sudo keep your own: sudo env "PATH=$PATH" npm run ... [LAB-NOD-001]`,
    );
  }
  const file = new URL(`../dist/${name}.js`, import.meta.url);
  if (!existsSync(file)) return refuse("k3s-lab: was not built. Run: npm run build [LAB-NOD-002]");
  // Before anything is loaded: the bundles have no white space, and only their maps tell the lines of a stack.
  if (process.env.K3S_LAB_DEBUG) process.setSourceMapsEnabled(true);
  try {
    return await import(file.href);
  } catch (error) {
    if (process.env.K3S_LAB_DEBUG) throw error;
    if (["ERR_MODULE_NOT_FOUND", "ERR_DLOPEN_FAILED"].includes(error.code)) {
      return refuse("k3s-lab: was not built to the end. Run: npm ci [LAB-NOD-002]");
    }
    return refuse(`${error.message} (unexpected: a defect of k3s-lab; K3S_LAB_DEBUG=1 shows where)`, 1);
  }
}

function refuse(message, exitCode = 3) {
  console.error(message);
  process.exitCode = exitCode;
}
