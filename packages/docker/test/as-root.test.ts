import { suite } from "uvu";
import * as assert from "uvu/assert";
import { asRootArgs } from "../src/as-root.js";

const test = suite("docker as-root");
const options = { isTerminal: false, pid: 4711, start: "99", exists: (folder: string) => folder !== "/lib32" };

test("the container is the host's own system, and folders that are missing are not made on the host", () => {
  const args = asRootArgs(["/usr/bin/node", "up.js"], options);
  assert.ok(args.includes("type=bind,source=/usr,target=/usr,readonly"));
  assert.not.ok(args.some((arg) => arg.includes("/lib32")));
  assert.not.ok(args.includes("--volume"), "which makes what is missing");
  assert.equal(args.slice(-5), ["4711", "99", "no", "/usr/bin/node", "up.js"]);
});

test("an image whose programs the host lacks has its own system, and its process stays", () => {
  const args = asRootArgs(["node"], { ...options, image: "k3s-lab/node:1" });
  assert.not.ok(args.some((arg) => arg.startsWith("type=bind")));
  assert.ok(args.includes("k3s-lab/node:1"));
  assert.equal(args.slice(-4), ["4711", "99", "yes", "node"]);
});

test("a terminal is asked for only where there is one", () => {
  assert.not.ok(asRootArgs([], options).includes("--tty"));
  assert.ok(asRootArgs([], { ...options, isTerminal: true }).includes("--tty"));
});

test("no variable is handed on: whoever may use the socket would see it", () => {
  const args = asRootArgs([], options);
  assert.not.ok(args.includes("--env") || args.includes("-e"));
});

test.run();
