import { createHash } from "node:crypto";
import { mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { run } from "@k3s-lab/exec";
import { askNode } from "../src/ask-node.js";
import { observeNode } from "../src/observe-node.js";
import { multi } from "./sample.js";
import { busybox, debian, type Tools } from "./tools.js";
import { suite } from "uvu";
import * as assert from "uvu/assert";

const test = suite("machines observe a node, by its own tools");

const mac = "02:00:00:00:00:0a";
const world = `set -e
mount -t sysfs sysfs /sys
ip link add nat0 type veth peer name nat1
ip link add lan0 address ${mac} type veth peer name lan1
for link in nat0 nat1 lan0 lan1; do ip link set $link up; done
ip address add 10.0.2.15/24 dev nat0
ip address add 10.76.0.11/24 dev lan0
ip route add default via 10.76.0.1 dev lan0
ip route add default via 10.0.2.2 dev nat0 metric 100
ip neighbour add 10.76.0.1 lladdr 02:00:00:00:00:01 dev lan0 nud permanent
ip neighbour add 10.0.2.2 lladdr 02:00:00:00:00:02 dev nat0 nud permanent
exec "$@"
`;

async function facts({ shell, path }: Tools, sought: string, files: readonly string[]) {
  const wanted = files.map((file) => ({ path: file, content: "" }));
  const exec = (_: string, [, ...argv]: readonly string[]) =>
    run("unshare", ["--net", "--mount", "sh", "-c", world, "sh", "env", `PATH=${path}`, shell, ...argv]);
  return observeNode((name, sections) => askNode({ exec }, name, sections), { ...multi, mac: sought }, wanted);
}

if (process.platform === "linux" && process.getuid?.() === 0) {
  const dir = mkdtempSync(join(tmpdir(), "k3s-lab-observe-"));
  test.after(() => rmSync(dir, { recursive: true, force: true }));
  const file = join(dir, "a file");
  writeFileSync(file, "content\n", { mode: 0o640 });

  for (const [name, tools] of [
    ["Debian", async () => debian],
    ["busybox", () => busybox(dir)],
  ] as const) {
    test(`${name}: a machine tells what its card on the LAN is called, and what it has`, async () => {
      const seen = await facts(await tools(), mac.toUpperCase(), [file, join(dir, "none")]);
      assert.is(seen.link, "lan0");
      assert.equal(seen.addresses, ["10.76.0.11/24"]);
      assert.equal(seen.defaultRoutes.map(({ gateway, dev }) => `${gateway} dev ${dev}`).toSorted(), [
        "10.0.2.2 dev nat0",
        "10.76.0.1 dev lan0",
      ]);
      assert.equal(seen.neighbours, ["10.76.0.1"]);
      const sha256 = createHash("sha256").update("content\n").digest("hex");
      const changedAt = Math.floor(statSync(file).mtimeMs / 1000);
      assert.equal(seen.files, new Map([[file, { sha256, mode: "640", changedAt }]]));
    });

    test(`${name}: a machine without its card has its routes all the same`, async () => {
      const seen = await facts(await tools(), "02:00:00:00:00:ff", []);
      assert.equal([seen.link, seen.addresses, seen.neighbours], [undefined, [], []]);
      assert.is(seen.defaultRoutes.length, 2);
    });
  }
} else {
  console.log("skipped: looking at a node needs root on Linux, for a network namespace of its own");
}

test.run();
