#!/usr/bin/env node
// npm run test:nodes: the checks and unit tests under later versions of Node, whose programs npm's registry has.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { fileURLToPath } from "node:url";
import { passThrough, run } from "@k3s-lab/exec";

const versions = ["22", "24"];
const root = fileURLToPath(new URL("../../../", import.meta.url));
const runner = fileURLToPath(new URL("main.ts", import.meta.url));
const dir = mkdtempSync(join(tmpdir(), "k3s-lab-nodes-"));
const failed: string[] = [];
try {
  for (const version of versions) {
    const name = `node-${process.platform}-${process.arch}@${version}`;
    const pack = ["pack", name, "--silent", "--pack-destination", dir];
    const packed = await run("npm", pack, { cwd: dir, timeout: 5 * 60_000 });
    const folder = mkdtempSync(join(dir, "node-"));
    await run("tar", ["-xzf", join(dir, packed.stdout.trim()), "-C", folder]);
    const bin = join(folder, "package/bin");
    const env = { PATH: `${bin}${delimiter}${process.env.PATH}`, INIT_CWD: root };
    console.log(`npm run test:nodes: Node ${(await run("node", ["--version"], { env })).stdout}`);
    const args = ["--import", "tsx", runner, "--unit", ...process.argv.slice(2)];
    if ((await passThrough(join(bin, "node"), args, { cwd: root, env })) !== 0) failed.push(version);
  }
} finally {
  rmSync(dir, { recursive: true, force: true });
}
console.log(
  `npm run test:nodes: ${failed.length === 0 ? "green on" : `red on ${failed.join(", ")} of`} ${versions.join(", ")}`,
);
process.exitCode = failed.length === 0 ? 0 : 1;
