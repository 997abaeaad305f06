// Makes another version of K3s out of the build from modules, in seconds: all of it is the same but the version, which the linker
// has written into it and the kubelet reports.
import { createHash } from "node:crypto";
import { cpSync, linkSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { run } from "@k3s-lab/exec";
import { buildProgram } from "../../packages/k3s-from-modules/src/build-program.js";
import type { Build } from "./drive-lab.js";

const packer = fileURLToPath(new URL("../../packages/k3s-from-modules/go/pack", import.meta.url));
/** With what a packed k3s ends: a sum, the length of what it carries, a word. */
const footer = { bytes: 48, length: 32 } as const;

/** Makes a release of this version in a folder. The version must be as long as the build's own: "v1.34.5+k3s0001". */
export async function stampK3s({ folder, version: former }: Build, version: string, out: string): Promise<string> {
  if (version.length !== former.length) throw new Error(`${version}: expected ${former.length} characters`);
  const work = mkdtempSync(join(tmpdir(), "k3s-lab-stamp-"));
  try {
    const k3s = readdirSync(folder).find((name) => /^k3s(-arm64)?$/.test(name)) ?? "";
    const packed = readFileSync(join(folder, k3s));
    const carried = Number(packed.readBigUInt64BE(packed.length - footer.bytes + footer.length));
    const launcher = join(work, "launcher");
    writeFileSync(launcher, packed.subarray(0, packed.length - footer.bytes - carried), { mode: 0o755 });
    await run(join(folder, k3s), ["--version"], { env: { K3S_DATA_DIR: work } });
    const [unpacked = ""] = readdirSync(join(work, "data"));
    const bin = join(work, "data", unpacked, "bin");
    stamp(join(bin, "k3s"), former, version);
    await buildProgram({ folder: packer, out: join(work, "pack") });
    mkdirSync(out, { recursive: true });
    await run(join(work, "pack"), ["k3s", launcher, bin, join(out, k3s)], { timeout: 120_000 });
    return putTogether(folder, out, k3s, version);
  } finally {
    rmSync(work, { recursive: true });
  }
}

/** Replaces the version, which is there once: what the linker is told. */
function stamp(program: string, former: string, version: string): void {
  const content = readFileSync(program);
  const [first, second] = [content.indexOf(former), content.lastIndexOf(former)];
  if (first === -1 || first !== second) throw new Error(`${program}: expected ${former} once`);
  content.write(version, first);
  writeFileSync(program, content);
}

/** Adds what a release has besides its binary: the images as they are, and the sums. */
function putTogether(folder: string, out: string, k3s: string, version: string): string {
  const archives = readdirSync(folder).filter((name) => name.endsWith(".tar"));
  for (const name of archives) tryLink(join(folder, name), join(out, name));
  const sums = readdirSync(folder).find((name) => name.startsWith("sha256sum-")) ?? "";
  const others = readFileSync(join(folder, sums), "utf8")
    .split("\n")
    .filter((line) => line.endsWith(".tar"));
  const sum = createHash("sha256")
    .update(readFileSync(join(out, k3s)))
    .digest("hex");
  writeFileSync(join(out, sums), [`${sum}  ${k3s}`, ...others, ""].join("\n"));
  writeFileSync(join(out, "VERSION"), `${version}\n`);
  return out;
}

function tryLink(from: string, to: string): void {
  try {
    linkSync(from, to);
  } catch {
    cpSync(from, to);
  }
}
