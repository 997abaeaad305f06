import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { LicenceMissing } from "../src/errors.js";
import { isLicence, licenceText, licensed } from "../src/licences.js";

const test = suite<{ dir: string }>("k3s-from-modules licences");
test.before.each(async (context) => void (context.dir = await mkdtemp(join(tmpdir(), "licences-"))));
test.after.each(({ dir }) => rm(dir, { recursive: true }));

test("licences and notices are known by their names", () => {
  for (const name of ["LICENSE", "LICENSE.txt", "licence", "COPYING.LESSER", "NOTICE", "UNLICENSE", "LICENSE-MIT"]) {
    assert.ok(isLicence(name), name);
  }
  for (const name of ["license.go", "license_test.go", "copy.txt", "README", "licenses"])
    assert.not.ok(isLicence(name), name);
});

test("a text that several modules have is written once, under all their names", async ({ dir }) => {
  await mkdir(join(dir, "a/deep"), { recursive: true });
  await mkdir(join(dir, "b/copyright"), { recursive: true });
  await writeFile(join(dir, "a/LICENSE"), "Take it.\n");
  await writeFile(join(dir, "a/deep/NOTICE"), "By Ann.\n");
  await writeFile(join(dir, "b/COPYING"), "Take it.\n");
  const [a, b] = await Promise.all([
    licensed({ path: "example.org/a", version: "v1", folders: [join(dir, "a"), join(dir, "a/deep")] }),
    licensed({ path: "example.org/b", version: "v2", folders: [join(dir, "b"), join(dir, "b/copyright")] }),
  ]);
  const text = await licenceText([a, b]);
  assert.match(text, /example\.org\/a v1 \(LICENSE\)\nexample\.org\/b v2 \(COPYING\)\n=+\n\nTake it\.\n/);
  assert.match(text, /example\.org\/a v1 \(NOTICE\)\n=+\n\nBy Ann\.\n/);
  assert.is(text.split("Take it.").length, 2);
});

test("what has no licence is not handed on", async ({ dir }) => {
  const missing = (attempt: Promise<unknown>) =>
    attempt.then(
      () => assert.unreachable("it was handed on"),
      (error: unknown) => {
        assert.instance(error, LicenceMissing);
        assert.match((error as LicenceMissing).message, /has no licence that could be found, looked for in/);
      },
    );
  await missing(licensed({ path: "example.org/a", version: "v1", folders: [dir] }));
  await missing(licenceText([{ name: "libc", files: [join(dir, "copyright")] }]));
});

test.run();
