import { execFileSync } from "node:child_process";
import {
  appendFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { shellArgv } from "../src/shell.js";

const test = suite("machines archive of disks");
const dir = mkdtempSync(join(tmpdir(), "k3s-lab-disks-"));
const [disk, snapshot, made] = ["disk", "snapshot", "made"].map((name) => join(dir, name)) as [string, string, string];
const owner = `${process.getuid?.()}:${process.getgid?.()}`;
test.after(() => rmSync(dir, { recursive: true }));

function script(name: string, ...args: readonly string[]): void {
  const [bash, ...rest] = shellArgv(name, "bash");
  execFileSync(bash, ["--norc", ...rest, ...args], { stdio: ["ignore", "ignore", "pipe"] });
}

const archive = (level: number, state: "running" | "frozen", into = snapshot) =>
  script(
    "archive-disk.sh",
    disk,
    into,
    "multi",
    String(level),
    state,
    "upper",
    "data/rancher",
    "--",
    "data/rancher/k3s/again",
  );

function write(path: string, content: string): void {
  mkdirSync(dirname(join(disk, path)), { recursive: true });
  writeFileSync(join(disk, path), content);
}

const remove = (path: string) => rmSync(join(disk, path), { recursive: true });
const read = (path: string) => readFileSync(join(made, path), "utf8");

test("what three archives hold is the disk as it was with the last of them", () => {
  for (const folder of [snapshot, made]) mkdirSync(folder);
  write("upper/stays", "as it was");
  write("upper/changes", "at first");
  write("upper/goes", "");
  write("upper/folder/goes, too", "");
  write("upper/becomes a folder", "");
  write("upper/becomes a file/inside", "");
  write("data/rancher/k3s/again/image", "made again");
  write("data/kubelet/not asked for", "");
  archive(0, "running");
  write("upper/changes", "then");
  for (const path of ["upper/goes", "upper/folder", "upper/becomes a folder", "upper/becomes a file"]) remove(path);
  write("upper/becomes a folder/inside", "now");
  archive(1, "running");
  write("upper/becomes a file", "now");
  write("upper/changes", "at last");
  write("upper/odd\nname", "odd");
  archive(2, "frozen");
  writeFileSync(join(snapshot, "multi.store"), "the store");
  script("pack-disk.sh", snapshot, owner);
  script("extract-disk.sh", made, snapshot, "multi", "data/rancher/store");
  assert.equal(readdirSync(join(made, "upper")).toSorted(), [
    "becomes a file",
    "becomes a folder",
    "changes",
    "odd\nname",
    "stays",
  ]);
  assert.equal(["upper/changes", "upper/becomes a file", "upper/becomes a folder/inside"].map(read), [
    "at last",
    "now",
    "now",
  ]);
  assert.is(read("data/rancher/store"), "the store");
  assert.not.ok(existsSync(join(made, "data/rancher/k3s/again")));
  assert.not.ok(existsSync(join(made, "data/kubelet")));
});

test("an archive that lacks what the list has is refused", () => {
  const [other, cut] = ["other", "cut"].map((name) => join(dir, name)) as [string, string];
  for (const folder of [other, cut]) mkdirSync(folder);
  archive(0, "frozen", other);
  appendFileSync(join(other, "multi.list"), "f upper/zero\0");
  script("pack-disk.sh", other, owner);
  const extract = () => script("extract-disk.sh", cut, other, "multi", "data/rancher/store");
  assert.throws(extract, /the archive lacks f upper\/zero/);
});

test.run();
