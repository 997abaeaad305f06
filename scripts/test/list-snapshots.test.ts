import { parseCidr } from "@k3s-lab/ip";
import type { ListedSnapshot } from "@k3s-lab/snapshots";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { renderSnapshots, snapshotAsJson } from "../src/list-snapshots.js";

const test = suite("scripts list-snapshots");

const first: ListedSnapshot = {
  name: "first",
  manifest: {
    schema: 1,
    name: "first",
    lab: "kept",
    labId: "7f3a21",
    taken: "2026-11-30T12:00:00.000Z",
    frozen: 812,
    driver: "lxc",
    arch: "x64",
    versions: { k3sLab: "0.1.0", k3s: "v1.34.1+k3s1" },
    subnet: parseCidr("10.76.0.0/24"),
    podCidr: parseCidr("10.42.0.0/16"),
    serviceCidr: parseCidr("10.43.0.0/16"),
    nodes: [
      { name: "multi", role: "server", address: "10.76.0.10" },
      { name: "agent1", role: "agent", address: "10.76.0.11" },
    ],
    files: [{ name: "multi.0.tar.zst", bytes: 34_000_000, sha256: "00" }],
  },
};
const now = new Date("2026-11-30T14:00:00.000Z");

test("a table tells age, size, versions and nodes, and which is damaged", () => {
  const text = renderSnapshots([{ name: "cut" }, first], "/home/user/snapshots", now);
  assert.match(text, /^NAME +LAB +AGE +SIZE +K3S +NODES\ncut +damaged/);
  assert.match(text, /^first +kept +2 h +34 MB +v1\.34\.1\+k3s1 \(lxc\) +multi, agent1$/m);
  assert.match(text, "They are in /home/user/snapshots.");
  assert.match(renderSnapshots([], "/home/user/snapshots", now), "No snapshot is in /home/user/snapshots.");
});

test("as JSON it is the manifest with the size", () => {
  const json = JSON.parse(JSON.stringify([first, { name: "cut" }].map(snapshotAsJson)));
  assert.equal([json[0].name, json[0].bytes, json[0].podCidr], ["first", 34_000_000, "10.42.0.0/16"]);
  assert.equal(json[1], { name: "cut", damaged: true });
});

test.run();
