import { gunzipSync } from "node:zlib";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { packReport } from "../src/make-report.js";
import { Missing, type Part } from "../src/part.js";
import type { Report } from "../src/report.js";
import { renderIndex } from "../src/render-index.js";

const test = suite("report");
const nothing = { secrets: [], users: [], hosts: [], domains: [], macs: [] };

const part = (path: string, gather: () => Promise<string>): Part => ({ path, what: "words", gather });

async function pack(parts: readonly Part[], signal = new AbortController().signal) {
  const told: string[] = [];
  const known = { ...nothing, secrets: ["hunter22"], users: ["alice"] };
  const report = await packReport(parts, known, {
    name: "report",
    signal,
    progress: (path) => void told.push(path),
  });
  return { report, told, files: filesIn(report) };
}

/** Reads a tar as any program does: a header of 512 bytes, then the file in whole blocks. */
function filesIn({ archive }: Pick<Report, "archive">): ReadonlyMap<string, string> {
  const tar = gunzipSync(archive);
  const files = new Map<string, string>();
  for (let at = 0; tar[at];) {
    const text = (from: number, length: number) =>
      tar.toString("utf8", at + from, at + from + length).replace(/\0.*/s, "");
    const size = Number.parseInt(text(124, 12), 8);
    assert.is(text(100, 8), "0000600");
    files.set(text(0, 100), tar.toString("utf8", at + 512, at + 512 + size));
    at += 512 + Math.ceil(size / 512) * 512;
  }
  return files;
}

test("every part is redacted, and an index tells what is there", async () => {
  const { report, told, files } = await pack([
    part("one.txt", async () => "alice has hunter22"),
    part("two.txt", async () => "hunter22 is of alice"),
  ]);
  assert.equal(told, ["one.txt", "two.txt"]);
  assert.equal([...files.keys()], ["report/index.txt", "report/one.txt", "report/two.txt"]);
  assert.is(files.get("report/one.txt"), "[user-1] has [secret-1]");
  assert.is(files.get("report/two.txt"), "[secret-1] is of [user-1]");
  assert.is(files.get("report/index.txt"), renderIndex(report));
  assert.match(renderIndex(report), /^ {2}one\.txt +23 B {2}words$/m);
  assert.match(renderIndex(report), /^ {2}secrets.*: 2 times, 1 different$/m);
});

test("a user whose folder one part tells of is taken out of all", async () => {
  const { files } = await pack([
    part("one.txt", async () => "carol was here"),
    part("two.txt", async () => "in /home/carol/src"),
  ]);
  assert.is(files.get("report/one.txt"), "[user-1] was here");
});

test("a part that fails says why, and keeps no other from being there", async () => {
  const { report, files } = await pack([
    part("logs/alice.txt", async () => {
      throw new Missing("cannot be read: password=hunter22");
    }),
    part("two.txt", async () => {
      throw new TypeError("x is undefined");
    }),
    part("three.txt", async () => "here"),
  ]);
  assert.equal([...files.keys()], ["report/index.txt", "report/three.txt"]);
  const index = renderIndex(report);
  assert.match(index, /^ {2}logs\/\[user-1\]\.txt +cannot be read: password=\[secret-1\]$/m);
  assert.match(index, /^ {2}two\.txt +x is undefined \(unexpected/m);
});

test("files of a folder that are missing for one reason are one line", async () => {
  const gone = async () => {
    throw new Missing("agent1 is stopped");
  };
  const { report } = await pack([part("nodes/agent1/a.txt", gone), part("nodes/agent1/b.txt", gone)]);
  assert.match(renderIndex(report), /^ {2}nodes\/agent1\/ \(2\) +agent1 is stopped$/m);
});

test("an interruption ends it", async () => {
  const controller = new AbortController();
  const parts = [
    part("one.txt", async () => {
      controller.abort();
      throw new Error("was interrupted");
    }),
  ];
  const error = await pack(parts, controller.signal).then(
    () => undefined,
    (reason: unknown) => reason,
  );
  assert.is((error as Error).name, "AbortError");
});

test.run();
