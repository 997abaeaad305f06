import { suite } from "uvu";
import * as assert from "uvu/assert";
import { checkName, nameNow, snapshotFolder, snapshotsDir } from "../src/places.js";

const test = suite("snapshots places");

for (const name of ["a", "before-upgrade", "v1.2_3", "9", "x".repeat(63)]) {
  test(`${name} is a name`, () => assert.is(checkName(name), name));
}

for (const name of ["", ".", "..", "-x", ".hidden", "a/b", "a b", "a\n", "ä", "x".repeat(64)]) {
  test(`${JSON.stringify(name)} is none`, () => assert.throws(() => checkName(name), /LAB-SNP-002/));
}

test("a snapshot without a name is named after its lab and the time", () => {
  assert.is(nameNow("k3s-lab", new Date("2026-11-30T16:45:12.345Z")), "k3s-lab-20261130-164512");
});

test("a word with a slash is a path from where the person is, any other a name", () => {
  assert.is(snapshotFolder("./first", "/home/user"), "/home/user/first");
  assert.is(snapshotFolder("/mnt/first", "/home/user"), "/mnt/first");
  assert.is(snapshotFolder("first", "/home/user"), `${snapshotsDir()}/first`);
  assert.throws(() => snapshotFolder("..", "/home/user"), /LAB-SNP-002/);
});

test("snapshots are among the user's data", () => {
  assert.is(snapshotsDir({ K3S_LAB_SNAPSHOTS: "/mnt/snapshots" }), "/mnt/snapshots");
  assert.is(snapshotsDir({ XDG_DATA_HOME: "/home/user/data" }), "/home/user/data/k3s-lab/snapshots");
  assert.match(snapshotsDir({}), /\/\.local\/share\/k3s-lab\/snapshots$/);
});

test.run();
