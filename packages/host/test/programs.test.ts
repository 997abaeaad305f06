import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Problem } from "@k3s-lab/problem";
import { ensurePrograms, missingPrograms } from "../src/index.js";
import { installScript } from "../src/apt.js";
import { run } from "@k3s-lab/exec";
import { suite } from "uvu";
import * as assert from "uvu/assert";

const test = suite("host programs");

const shell = { name: "sh", package: "dash", why: "runs scripts" };
const lxc = { name: "no-such-lxc", package: "lxc", why: "makes the machines" };
const header = { name: "/no/such/seccomp.h", package: "libseccomp-dev", why: "builds runc" };

test("finds programs on PATH and files by their path", () => {
  assert.equal(missingPrograms([shell, lxc, header, { ...header, name: "/etc/passwd" }]), [lxc, header]);
});

test("looks where root's programs are, whatever the PATH", () => {
  assert.equal(missingPrograms([{ name: "ip", package: "iproute2", why: "" }], { PATH: "/nowhere" }), []);
});

test("Windows' programs have an ending", () => {
  const dir = mkdtempSync(join(tmpdir(), "k3s-lab-path-"));
  writeFileSync(join(dir, "no-such-lxc.exe"), "", { mode: 0o755 });
  assert.equal(missingPrograms([lxc], { PATH: dir, PATHEXT: ".COM;.EXE" }), []);
  assert.equal(missingPrograms([lxc], { PATH: dir }), [lxc]);
  rmSync(dir, { recursive: true });
});

test("says all that is missing, why, and the exact command", async () => {
  const options = { install: "never", note: () => assert.unreachable() } as const;
  const error = await ensurePrograms([shell, lxc, header], options).catch((reason: unknown) => reason);
  assert.instance(error, Problem);
  assert.is((error as Problem).exitCode, 3);
  assert.is(
    (error as Problem).message,
    "host: lacks no-such-lxc (makes the machines), /no/such/seccomp.h (builds runc). " +
      "Run: sudo apt-get update && sudo apt-get install --no-install-recommends -y lxc libseccomp-dev [LAB-HST-004]",
  );
});

test("nothing missing, nothing said", async () => {
  await ensurePrograms([shell], { install: "never", note: () => assert.unreachable() });
});

test("the install script is one that sh can read", async () => {
  await run("sh", ["-n"], { input: installScript });
});

test.run();
