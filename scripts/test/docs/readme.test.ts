// The README is one screen: what this is, two commands, what they look like, and what others do better.
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { readPage } from "./page.js";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { root } from "../drive-lab.js";

const test = suite("the README");
const text = readFileSync(join(root, "README.md"), "utf8");

/** Lines of a browser's window, or of a large terminal. */
const screen = 64;

test("it is one screen long", () => {
  const lines = text.split("\n").length;
  assert.ok(lines <= screen, `${lines} lines, expected at most ${screen}`);
});

test("it begins with two commands, and shows a session and the map", () => {
  const [, first = ""] = /```sh\n(.*?)```/s.exec(text) ?? [];
  const commands = first.trim().split("\n");
  assert.equal(
    commands.map((line) => line.replace(/\s+#.*/, "")),
    ["npm ci", "npm run lab:up"],
  );
  const pictures = readPage("README.md").links.filter((link) => link.endsWith(".svg"));
  assert.equal(pictures, ["docs/session.svg", "docs/map.svg"]);
});

test("its table of peers says what k3s-lab lacks, too", () => {
  const header = text.split("\n").find((line) => line.startsWith("| | k3s-lab |")) ?? "";
  for (const peer of ["k3d", "kind", "minikube", "k3sup", "Lima", "Talos"]) assert.match(header, `[${peer}]`);
  assert.match(text, /\| macOS, Windows \| written, \*\*never run\*\* \|/);
});

test.run();
