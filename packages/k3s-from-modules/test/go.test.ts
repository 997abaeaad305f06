import { chmod, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { GoMissing, GoTooOld } from "../src/errors.js";
import { compareGo, goEnvironment, neededGo } from "../src/go.js";

test("versions compare by number", () => {
  assert.ok(compareGo("go1.9", "1.10") < 0);
  assert.ok(compareGo("1.26.8", "go1.26.0") > 0);
  assert.is(compareGo("go1.26", "1.26.0"), 0);
  assert.ok(compareGo("go1.27rc1 X:nosomething", "1.26.8") > 0);
});

test("the newest go line is needed", () => {
  assert.is(neededGo(["module a\n\ngo 1.25.1\n", "go 1.26.0\ntoolchain go1.27.0\n", "go 1.9\n"]), "1.26.0");
});

/** A `go` that prints what it is told, alone on the PATH. */
async function withGo(script: string | undefined, body: () => Promise<void>): Promise<void> {
  const dir = await mkdtemp(join(tmpdir(), "go-"));
  const before = process.env["PATH"];
  try {
    if (script !== undefined) {
      await writeFile(join(dir, "go"), `#!/bin/sh\n${script}\n`);
      await chmod(join(dir, "go"), 0o755);
    }
    process.env["PATH"] = dir;
    await body();
  } finally {
    process.env["PATH"] = before;
    await rm(dir, { recursive: true });
  }
}

async function refusal(): Promise<unknown> {
  return goEnvironment(tmpdir(), "1.26.0", undefined).then(
    () => undefined,
    (error: unknown) => error,
  );
}

test("no go", () =>
  withGo(undefined, async () => {
    const error = await refusal();
    assert.instance(error, GoMissing);
    assert.match(String(error), "1.26.0 or newer");
  }));

test("a go that knows no toolchains and is too old", () =>
  withGo(`echo '{"GOVERSION":"go1.19.8"}'`, async () => {
    const error = await refusal();
    assert.instance(error, GoTooOld);
    assert.is((error as GoTooOld).found, "1.19.8");
  }));

test("a go that refuses go.mod by itself", () =>
  withGo(`echo 'go: go.mod requires go >= 1.26.0 (running go 1.24.1; GOTOOLCHAIN=local)' >&2; exit 1`, async () => {
    const error = await refusal();
    assert.instance(error, GoTooOld);
    assert.is((error as GoTooOld).found, "1.24.1");
    assert.is((error as GoTooOld).needed, "1.26.0");
  }));

test("a go that is new enough", () =>
  withGo(`echo '{"GOVERSION":"go1.26.8","GOMODCACHE":"/m","CC":"clang"}'`, async () => {
    const env = await goEnvironment(tmpdir(), "1.26.0", undefined);
    assert.is(env.GOVERSION, "go1.26.8");
    assert.is(env.CC, "clang");
  }));

test.run();
