import { sortFiles } from "../src/files.js";
import { suite } from "uvu";
import * as assert from "uvu/assert";

const test = suite("scripts test-files");

test("unit tests come first, end-to-end tests last, each by name", () => {
  const named = ["p/a.vms.ts", "p/b.long.ts"];
  const files = ["p/b.e2e.test.ts", "p/a.root.test.ts", "p/z.test.ts", "p/a.e2e.test.ts", "p\\b.test.ts", ...named];
  assert.equal(
    sortFiles(files).map(({ file, kind }) => `${kind} ${file}`),
    [
      "unit p/b.test.ts",
      "unit p/z.test.ts",
      "root p/a.root.test.ts",
      "e2e p/a.e2e.test.ts",
      "e2e p/b.e2e.test.ts",
      "long p/b.long.ts",
      "vms p/a.vms.ts",
    ],
  );
});

test.run();
