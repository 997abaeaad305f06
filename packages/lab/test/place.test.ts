import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import {
  abandonedLab,
  claimPlace,
  forgetPlace,
  isPlaceNoted,
  notePlace,
  openLab,
  placeFiles,
  type PlaceDirs,
  readPlaces,
} from "../src/index.js";

const test = suite<{ dir: string; dirs: PlaceDirs }>("a lab's place");

test.before.each((context) => {
  context.dir = mkdtempSync(join(tmpdir(), "k3s-lab-place-"));
  context.dirs = { root: join(context.dir, "root/labs"), user: join(context.dir, "user/labs") };
});
test.after.each(({ dir }) => rmSync(dir, { recursive: true }));

test("root's labs and a user's are noted apart, found together, and readable by all", async ({ dir, dirs }) => {
  const [one, two] = [await openLab(join(dir, "one/lab.yaml")), await openLab(join(dir, "two/lab.yaml"))];
  assert.equal(readPlaces(dirs), []);
  notePlace(one, dirs, true);
  notePlace(two, dirs, false);
  assert.equal(readdirSync(dirs.root), [`${one.id}.json`]);
  assert.is(statSync(join(dirs.root, `${one.id}.json`)).mode & 0o777, 0o644);
  const found = readPlaces(dirs).map(({ id, file }) => [id, file]);
  assert.equal(
    found.toSorted(),
    [
      [one.id, one.file],
      [two.id, two.file],
    ].toSorted(),
  );
});

test("a lab that is claimed is found, and is yet to be noted", async ({ dir, dirs }) => {
  const lab = await openLab(join(dir, "lab.yaml"));
  claimPlace(lab, dirs, true);
  assert.equal(
    readPlaces(dirs).map(({ id, isClaimed }) => [id, isClaimed]),
    [[lab.id, true]],
  );
  assert.not(isPlaceNoted(lab, dirs));
  notePlace(lab, dirs, true);
  assert.ok(isPlaceNoted(lab, dirs));
  claimPlace(lab, dirs, true);
  assert.ok(isPlaceNoted(lab, dirs), "what is noted is not claimed again");
});

test("what has changed is noted again, but for the time at which the lab was made", async ({ dir, dirs }) => {
  const lab = await openLab(join(dir, "lab.yaml"));
  assert.not(isPlaceNoted(lab, dirs));
  notePlace(lab, dirs, true);
  assert.ok(isPlaceNoted(lab, dirs));
  const [first] = readPlaces(dirs);
  const file = join(dirs.root, `${lab.id}.json`);
  writeFileSync(file, JSON.stringify({ ...first, id: undefined, made: "2026-01-01T00:00:00.000Z" }));
  assert.ok(isPlaceNoted(lab, dirs));
  const renamed = { ...lab, config: { ...lab.config, name: "other" } };
  assert.not(isPlaceNoted(renamed, dirs));
  notePlace(renamed, dirs, true);
  assert.equal(JSON.parse(readFileSync(file, "utf8")), {
    name: "other",
    file: lab.file,
    provider: "lxc",
    mode: "private",
    made: "2026-01-01T00:00:00.000Z",
  });
});

test("what is no note is passed over", ({ dirs }) => {
  mkdirSync(dirs.root, { recursive: true });
  writeFileSync(join(dirs.root, "0123ab.json"), "{");
  writeFileSync(join(dirs.root, "0123ac.json"), '{"name":1}');
  writeFileSync(join(dirs.root, "other.json"), "{}");
  assert.equal(readPlaces(dirs), []);
});

test("the last lab that is forgotten takes the folder of notes with it", async ({ dir, dirs }) => {
  const [one, two] = [await openLab(join(dir, "one/lab.yaml")), await openLab(join(dir, "two/lab.yaml"))];
  for (const lab of [one, two]) notePlace(lab, dirs, true);
  forgetPlace(one.id, dirs);
  assert.equal([placeFiles(one.id, dirs).length, placeFiles(two.id, dirs).length], [0, 1]);
  forgetPlace(two.id, dirs);
  assert.not(existsSync(dirs.root));
  forgetPlace(two.id, dirs);
});

test("a lab whose folder is gone is opened by what was noted, under its own id", () => {
  const known = { id: "7f3a21", name: "gone", file: "/nowhere/lab.yaml", made: "" } as const;
  const virtual = abandonedLab({ ...known, provider: "virtualbox", mode: "bridged" });
  const { provider, vagrant } = virtual.config.machines;
  assert.equal([provider, vagrant.provider, virtual.config.network.mode], ["vagrant", "virtualbox", "bridged"]);
  assert.equal([virtual.id, virtual.config.name, virtual.state.dir], ["7f3a21", "gone", "/nowhere/.lab"]);
  assert.is(abandonedLab({ ...known, provider: "docker", mode: "private" }).config.machines.provider, "docker");
});

test.run();
