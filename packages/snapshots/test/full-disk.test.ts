import { run } from "@k3s-lab/exec";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { namingFullDisk } from "../src/full-disk.js";

const test = suite("snapshots full-disk");

const failed = (words: string) =>
  namingFullDisk("/snapshots", () => run("sh", ["-c", `echo "${words}" >&2; exit 70`])).then(() => "nothing", String);

test("a disk that a program finds full is named, and no other failure is taken for that", async () => {
  const said = await failed("zstd: error 70 : Write error : cannot write block : No space left on device");
  assert.match(said, "/snapshots: the disk is full. Make room there");
  assert.match(said, "[LAB-FIL-002]");
  assert.match(await failed("zstd: error 36 : corrupted"), /corrupted/);
  assert.is(await namingFullDisk("/snapshots", async () => 5), 5);
});

test.run();
