import {
  copyFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { gunzipSync } from "node:zlib";
import type { ExtractedDisk } from "@k3s-lab/machines";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { agreeOnAll, readLog, reaches } from "../src/etcd-log.js";
import { keepOneStore } from "../src/moved-store.js";
import { k3sPaths, labPaths } from "../src/paths.js";

const test = suite("cluster etcd-log");

/**
 * Written by etcd 3.6.13's own package: the entries 1/1, 1/2, 3/3 and 3/4 (term/index), of which 2 are noted as agreed on; and the
 * segment that it began after that. What the tests expect to be written was read by that package.
 */
const segments = {
  first: {
    name: "0000000000000000-0000000000000000.wal",
    bytes: gunzipSync(
      Buffer.from(
        "H4sIAAAAAAACA2NhAIMWDhYBMEMIwm/jYBSY37doJZcUR6JCbmpuUmoRRIIXQjVzsArMPnwhU4qFgwGsURQmziQw7f+ZJlYpbqAEowSjEnN+XipQQhIi387BLLDx7Ofd7FL8QBvOXprYfWlH4/k+RgkGKLgDcw+TQFfHhQZeqYuMYIOYlE4wMgwjgBQeje8fLuVEDw+YZ0Vg4cEqcGzZu8ecUlxAdYzAYGfUAEuIQ+QbgeHV+eP6T34pXmBwMUswK7GWZBSlpjIYQM0Bys88sKWLQ0oNLM+iJJeWX1qko1CekZmcoZBZrJCokJNZUpKTqpCTn5eeWoTkvsnrFk3iA7qPGdl9TAAWDRjuOQIAAA==",
        "base64",
      ),
    ),
    agreed: Buffer.from("GAAAAAAAAAAIAxC/+dVSGg8IAxDN0pGL0riBz44BGAQ=", "base64"),
  },
  second: {
    name: "0000000000000001-0000000000000005.wal",
    bytes: Buffer.from(
      "CAAAAAAAAAAIBBCTrqKSDhIAAAAAAACGCAEQkLbHlQ0aCGEgbWVtYmVyAAAAAAAAGQAAAAAAAIcIAxCS7czxCxoPCAMQzdKRi9K4gc+OARgC",
      "base64",
    ),
    agreed: Buffer.from("GQAAAAAAAIcIAxDq99CCDBoPCAMQzdKRi9K4gc+OARgE", "base64"),
  },
};

type Segment = (typeof segments)["first"];

/** A segment with the padding behind its last record, which compresses away. */
const padded = (segment: Segment) => ({
  ...segment,
  bytes: Buffer.concat([segment.bytes, Buffer.alloc((8 - (segment.bytes.length % 8)) % 8)]),
});

const dir = mkdtempSync(join(tmpdir(), "k3s-lab-etcd-log-"));
test.after(() => rmSync(dir, { recursive: true }));

/** Segments that take more room than they need, as etcd makes them. */
function logOf(folder: string, all: readonly Segment[]): string {
  mkdirSync(join(dir, folder), { recursive: true });
  for (const { name, bytes } of all) {
    writeFileSync(join(dir, folder, name), Buffer.concat([bytes, Buffer.alloc(4096 - bytes.length)]));
  }
  return join(dir, folder);
}

const end = (term: number, index: number) => ({ term: BigInt(term), index: BigInt(index) });

test("a log goes as far as its last entry, in whichever segment that is", () => {
  const { first, second } = segments;
  assert.equal(readLog(logOf("one", [first]))?.end, end(3, 4));
  assert.equal(readLog(logOf("two", [first, second]))?.end, end(3, 4));
  assert.is(readLog(join(dir, "none")), undefined);
});

test("one that was cut off while it was written goes as far as what is whole", () => {
  const { first } = segments;
  const cut = Buffer.from(first.bytes);
  // A page that has not come to the disk: of the last entry, and of the state before it.
  cut.fill(0, 512);
  assert.equal(readLog(logOf("cut", [{ ...first, bytes: cut }]))?.end, end(3, 3));
});

test("the later term goes further, and the higher index in the same", () => {
  assert.ok(reaches(end(3, 4), end(3, 4)) && reaches(end(3, 5), end(3, 4)) && reaches(end(4, 1), end(3, 9)));
  assert.not.ok(reaches(end(3, 3), end(3, 4)) || reaches(end(2, 9), end(3, 4)));
});

test("that all is agreed on is written as etcd writes it, over what was not written to its end", () => {
  const [first, second] = [padded(segments.first), padded(segments.second)];
  const agree = (folder: string, all: readonly Segment[]) => {
    const log = readLog(logOf(folder, all));
    assert.ok(log);
    agreeOnAll(log);
  };
  const isAgreed = (folder: string, { name, bytes, agreed }: Segment) => {
    const written = readFileSync(join(dir, folder, name));
    assert.is(written.length, 4096);
    assert.ok(written.subarray(0, bytes.length).equals(bytes), "what was there stays");
    assert.ok(written.subarray(bytes.length, bytes.length + agreed.length).equals(agreed));
    assert.ok(written.subarray(bytes.length + agreed.length).every((byte) => byte === 0));
  };
  agree("agreed", [first]);
  isAgreed("agreed", first);
  agree("agreed-two", [first, second]);
  isAgreed("agreed-two", second);
  assert.ok(
    readFileSync(join(dir, "agreed-two", first.name))
      .subarray(0, first.bytes.length)
      .equals(first.bytes),
  );
  const half = Buffer.concat([second.bytes, Buffer.from([0x58, 0, 0, 0, 0, 0, 0, 0]), Buffer.alloc(80, 1)]);
  agree("torn", [first, { ...second, bytes: half }]);
  isAgreed("torn", second);
});

/** A disk in a folder, which nobody looks at but by what it is asked for. */
function diskIn(folder: string) {
  const pathOf = (path: string) => join(dir, folder, path);
  let isSynced = true;
  const disk: ExtractedDisk = {
    async copyOut(path, to) {
      if (existsSync(pathOf(path))) cpSync(pathOf(path), to, { recursive: true });
    },
    async copyIn(from, path) {
      isSynced = false;
      copyFileSync(from, pathOf(path));
    },
    async remove(path) {
      isSynced = false;
      rmSync(pathOf(path), { recursive: true, force: true });
    },
    async sync() {
      isSynced = true;
    },
  };
  return { disk, pathOf, isSynced: () => isSynced };
}

test("of several servers the one whose log goes furthest keeps its store, and the others lose theirs", async () => {
  const { first } = segments;
  const short = Buffer.from(first.bytes);
  short.fill(0, 512);
  const enabled = "/etc/systemd/system/multi-user.target.wants/k3s.service";
  const logs = { multi: short, server2: first.bytes, server3: first.bytes, server4: undefined };
  const servers = Object.entries(logs).map(([name, bytes]) => {
    const { disk, pathOf, isSynced } = diskIn(join("disks", name));
    if (bytes !== undefined) logOf(join("disks", name, k3sPaths.etcd, "member/wal"), [{ ...first, bytes }]);
    for (const path of [k3sPaths.joinToken, enabled]) {
      mkdirSync(dirname(pathOf(path)), { recursive: true });
      writeFileSync(pathOf(path), "");
    }
    return { name, disk, pathOf, isSynced };
  });
  const keep = (of: typeof servers) => keepOneStore(new Map(of.map(({ name, disk }) => [name, disk])));
  const having = (path: string) => servers.filter(({ pathOf }) => existsSync(pathOf(path))).map(({ name }) => name);
  const scratch = process.env.TMPDIR;
  process.env.TMPDIR = dir;
  try {
    assert.is(await keep(servers), "server2");
  } finally {
    if (scratch === undefined) delete process.env.TMPDIR;
    else process.env.TMPDIR = scratch;
  }
  assert.equal(
    readdirSync(dir).filter((name) => name.startsWith("k3s-lab-")),
    [],
    "no copy of a log is left, with all secrets of a cluster",
  );
  assert.equal(having(k3sPaths.etcd), ["server2"]);
  assert.equal(having(k3sPaths.joinToken), ["server2", "server4"]);
  assert.equal(having(labPaths.movedStore), ["server2"]);
  assert.equal(having(enabled), [], "K3s waits until the first of them is the only one");
  assert.ok(servers.every(({ isSynced }) => isSynced()));
  const log = servers[1]?.pathOf(join(k3sPaths.etcd, "member/wal", first.name)) ?? "";
  assert.ok(readFileSync(log).includes(first.agreed));
  assert.is(await keep(servers.slice(3)), undefined, "a cluster that has SQLite stays as it is");
});

test.run();
