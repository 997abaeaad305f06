import { test } from "uvu";
import * as assert from "uvu/assert";
import { BuildToolsMissing } from "../src/errors.js";
import { checkCompiler, compiler } from "../src/tools.js";

test("this machine's own compiler, or the cross compiler", () => {
  assert.is(compiler("amd64", "clang", "x64"), "clang");
  assert.is(compiler("arm64", "gcc", "x64"), "aarch64-linux-gnu-gcc");
  assert.is(compiler("amd64", "gcc", "arm64"), "x86_64-linux-gnu-gcc");
});

test("a missing compiler is named with the command that installs it", async () => {
  const error = await checkCompiler("no-such-compiler", undefined).catch((e: unknown) => e);
  assert.instance(error, BuildToolsMissing);
  assert.match(String(error), "apt-get install gcc");
  assert.match(String(error), "libseccomp-dev");
});

test("a compiler that cannot link statically", async () => {
  const error = await checkCompiler("false", undefined).catch((e: unknown) => e);
  assert.instance(error, BuildToolsMissing);
  assert.ok((error as BuildToolsMissing).packages.includes("libc6-dev"));
});

test.run();
