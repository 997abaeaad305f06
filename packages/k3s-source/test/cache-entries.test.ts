import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { cachedK3s } from "../src/index.js";

const test = suite("k3s-source cache-entries");

test("what labs have K3s from is needed, and unpacked programs are unpacked again once they are gone", async () => {
  const cache = mkdtempSync(join(tmpdir(), "k3s-lab-cache-"));
  try {
    const make = (path: string) => {
      mkdirSync(join(cache, path), { recursive: true });
      return join(cache, path);
    };
    const [old, ofLab, release] = [
      make("k3s-from-modules/old-1"),
      make("k3s-from-modules/new-1"),
      make("releases/v1.34.4+k3s1/amd64"),
    ];
    const other = make("releases/v1.33.0+k3s1/amd64");
    const unpacked = make(`k3s-data/data/${"ab".repeat(32)}`);
    writeFileSync(join(cache, "k3s-data/unpacked-0123ab.json"), "{}");
    make("resolved");
    writeFileSync(join(cache, "resolved/aaaaaa.json"), JSON.stringify({ release: { folder: ofLab } }));
    writeFileSync(join(cache, "resolved/bbbbbb.json"), JSON.stringify({ release: { folder: old } }));
    const entries = cachedK3s({ labs: new Set(["aaaaaa"]), folders: [release] }, cache, join(cache, "k3s-data"));
    assert.equal(
      entries.map(({ name, isNeeded }) => [name, isNeeded]).toSorted(),
      [
        [old, false],
        [ofLab, true],
        [release, true],
        [other, false],
        [unpacked, false],
      ].toSorted(),
    );
    await entries.find(({ name }) => name === unpacked)?.remove();
    assert.not(existsSync(unpacked));
    assert.not(existsSync(join(cache, "k3s-data/unpacked-0123ab.json")));
  } finally {
    rmSync(cache, { recursive: true });
  }
});

test.run();
