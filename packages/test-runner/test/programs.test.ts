import { readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { glob } from "zx";
import { checkPrograms, installPrograms, suitePrograms } from "../src/programs.js";

const test = suite("programs of the tests");
const root = fileURLToPath(new URL("../../../", import.meta.url));

/** Virtual machines are tested on demand only, and take hundreds of megabytes. */
const onDemand = ["packages/testbed/src/vms/", "packages/machines/src/drivers/vagrant/"];

test("every package that a table of the sources names is installed before the first suite", async () => {
  const known = new Set([...suitePrograms, ...checkPrograms].map((program) => program.package));
  const files = await glob(["packages/*/src/**/*.ts", "scripts/src/**/*.ts"], { cwd: root });
  const named = files
    .filter((file) => !onDemand.some((folder) => file.startsWith(folder)))
    .flatMap((file) => [
      ...readFileSync(join(root, file), "utf8").matchAll(/\bname: "[^"]+",\s+package: "([^"]+)",\s+why: "[^"]/g),
    ])
    .map(([, name = ""]) => name);
  assert.ok(named.length > 15, named.join());
  assert.equal(
    named.filter((name) => !known.has(name)),
    [],
  );
});

test("every program of a suite is one of Debian's, with the reason for it", () => {
  for (const { name, package: from, why } of suitePrograms) {
    assert.match(from, /^[a-z0-9][a-z0-9.+-]+$/, name);
    assert.match(why, /^[a-z]+s .+/, name);
  }
});

test("without apt it is said what is missing, and why it is needed", async () => {
  const path = process.env.PATH;
  process.env.PATH = "/nowhere";
  try {
    const missing = await installPrograms([{ name: "no-such-program", package: "no-such-package", why: "tests this" }]);
    assert.match(missing ?? "", /lacks no-such-program \(tests this\).*no-such-package/);
    assert.is(await installPrograms([]), undefined);
  } finally {
    process.env.PATH = path;
  }
});

test.run();
