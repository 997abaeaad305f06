import { mkdir, mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { buildModules } from "../src/build.js";
import { GoMissing } from "../src/errors.js";

test("without go there is no build, and what is cached by other sources is not taken", async () => {
  const cacheDir = await mkdtemp(join(tmpdir(), "cache-"));
  const before = process.env["PATH"];
  try {
    await mkdir(join(cacheDir, "k3s-from-modules", "0123456789ab-01234567"), { recursive: true });
    process.env["PATH"] = "/nonexistent";
    const error = await buildModules({ cacheDir, arch: "amd64" }).catch((e: unknown) => e);
    assert.instance(error, GoMissing);
    assert.equal(await readdir(join(cacheDir, "k3s-from-modules")), ["0123456789ab-01234567"]);
  } finally {
    process.env["PATH"] = before;
    await rm(cacheDir, { recursive: true });
  }
});

test.run();
