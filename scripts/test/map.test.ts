// The command without a lab: what it writes, where, and what it refuses before it writes anything.
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { run } from "@k3s-lab/exec";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { root } from "./drive-lab.js";

const test = suite<{ dir: string }>("lab:map without a lab");

test.before.each((context) => {
  context.dir = realpathSync(mkdtempSync(join(tmpdir(), "k3s-lab-map-")));
});
test.after.each(({ dir }) => rmSync(dir, { recursive: true, force: true }));

async function map(dir: string, ...args: readonly string[]) {
  const env = { INIT_CWD: dir, K3S_LAB_CONFIG: undefined, NO_COLOR: "1", DOCKER_CONFIG: dir };
  return run(process.execPath, [join(root, "scripts/dist/map.js"), ...args], { env, cwd: root, answers: "any" });
}

test("a lab that was never made: the host is drawn, and the page says so", async ({ dir }) => {
  writeFileSync(join(dir, "lab.yaml"), "name: never\n");
  const { exitCode, stdout, stderr } = await map(dir);
  assert.is(exitCode, 0, stderr);
  assert.is(stdout.split("\n")[0], `Wrote ${join(dir, ".lab/map.html")}`);
  const page = readFileSync(join(dir, ".lab/map.html"), "utf8");
  assert.match(page, /<h1>Lab never<\/h1>/);
  assert.match(page, /no lab here: what /);
  assert.match(page, /<th scope="row">Host /);
  assert.equal(readdirSync(dir).toSorted(), [".lab", "lab.yaml"]);
});

test("page and picture go where they are sent, from the caller's folder on", async ({ dir }) => {
  mkdirSync(join(dir, "out"));
  const { exitCode, stdout } = await map(dir, "--out", "out/page.html", "--svg", "out/picture.svg");
  assert.is(exitCode, 0);
  assert.match(stdout, /Wrote .*out\/page\.html\nWrote .*out\/picture\.svg/);
  assert.match(readFileSync(join(dir, "out/page.html"), "utf8"), /^<!doctype html>/);
  assert.match(readFileSync(join(dir, "out/picture.svg"), "utf8"), /^<svg [\s\S]*<\/svg>\n$/);
  assert.not.ok(existsSync(join(dir, ".lab")));
});

test("on standard output there is nothing else", async ({ dir }) => {
  const { stdout } = await map(dir, "--out", "page.html", "--svg", "-");
  assert.match(stdout, /^<svg [\s\S]*<\/svg>\s*$/);
  const page = await map(dir, "--out", "-");
  assert.match(page.stdout, /^<!doctype html>[\s\S]*<\/html>\s*$/);
});

for (const [what, args, told] of [
  ["a folder that does not exist", ["--out", "none/page.html"], /none: is no folder, expected the one to write into/],
  ["a folder in place of a file", ["--svg", "."], /is a folder, expected a file/],
  ["one place for both", ["--out", "one", "--svg", "./one"], /--out and --svg name the same place, expected two/],
  ["the lab's configuration", ["--out", "lab.yaml"], /lab\.yaml: is the lab's configuration, expected another file/],
] as const) {
  test(`${what} is refused, and nothing is written`, async ({ dir }) => {
    writeFileSync(join(dir, "lab.yaml"), "");
    const { exitCode, stderr, stdout } = await map(dir, ...args);
    assert.is(exitCode, 2, stdout);
    assert.match(stderr, told);
    assert.match(stderr, /\[LAB-MAP-001\]\s*$/);
    assert.equal(readdirSync(dir), ["lab.yaml"]);
    assert.is(readFileSync(join(dir, "lab.yaml"), "utf8"), "");
  });
}

test.run();
