import { mkdirSync, mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { describeFile, verifyFiles } from "../src/checksums.js";
import { bytesOf, listSnapshots, readManifest } from "../src/manifest.js";

const test = suite("snapshots manifest");
const never = new AbortController().signal;

const written = {
  schema: 1,
  name: "first",
  lab: "kept",
  labId: "7f3a21",
  taken: "2026-11-30T17:06:44.000Z",
  frozen: 812,
  driver: "lxc",
  arch: "x64",
  versions: { k3sLab: "0.1.0", k3s: "v1.34.1+k3s1" },
  subnet: "10.76.0.0/24",
  podCidr: "10.42.0.0/16",
  serviceCidr: "10.43.0.0/16",
  nodes: [{ name: "multi", role: "server", address: "10.76.0.10" }],
  files: [{ name: "multi.0.tar.zst", bytes: 4, sha256: "00" }],
};

function folderWith(files: Readonly<Record<string, string>>): string {
  const dir = mkdtempSync(join(tmpdir(), "k3s-lab-manifest-"));
  for (const [name, content] of Object.entries(files)) {
    mkdirSync(join(dir, name, ".."), { recursive: true });
    writeFileSync(join(dir, name), content);
  }
  return dir;
}

test("snapshots are listed by their time; what is being written is none, and what cannot be read is damaged", () => {
  const dir = folderWith({
    "new/manifest.json": JSON.stringify({ ...written, taken: "2026-12-01T00:00:00.000Z" }),
    "old/manifest.json": JSON.stringify(written),
    "cut/manifest.json": "{",
    ".7f3a21.partial/multi.0.tar.zst": "",
    "a-file": "",
  });
  const listed = listSnapshots(dir).map(({ name, manifest }) => [name, manifest?.lab]);
  assert.equal(listed, [
    ["cut", undefined],
    ["old", "kept"],
    ["new", "kept"],
  ]);
  assert.equal(listSnapshots(join(dir, "nowhere")), []);
});

test("a manifest is read with its networks, and what is none is refused by name", () => {
  const dir = folderWith({ "manifest.json": JSON.stringify(written) });
  const manifest = readManifest(dir, "first");
  assert.is(String(manifest.podCidr), "10.42.0.0/16");
  assert.is(bytesOf(manifest), 4);
  assert.throws(() => readManifest(join(dir, "nowhere"), "nowhere"), /^nowhere: is no snapshot.*LAB-SNP-004/);
  const later = folderWith({ "manifest.json": JSON.stringify({ ...written, schema: 2 }) });
  assert.throws(() => readManifest(later, "later"), /LAB-SNP-006/);
});

async function refusal(dir: string, files: object): Promise<string> {
  try {
    await verifyFiles(dir, files as Parameters<typeof verifyFiles>[1], never);
    return "";
  } catch (error) {
    return (error as Error).message;
  }
}

test("a file that is missing, cut off or changed is found", async () => {
  const dir = folderWith({ one: "content" });
  const one = await describeFile(dir, "one", never);
  assert.is(await refusal(dir, { files: [one] }), "");
  assert.match(await refusal(dir, { files: [{ ...one, name: "two" }] }), /two: is missing/);
  writeFileSync(join(dir, "one"), "conten");
  assert.match(await refusal(dir, { files: [one] }), /one: has 6 bytes, expected 7/);
  writeFileSync(join(dir, "one"), "Content");
  assert.match(await refusal(dir, { files: [one] }), /one: has the sum .* Nothing was touched/);
});

test.run();
