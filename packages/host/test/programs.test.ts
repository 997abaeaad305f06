import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { Problem } from "@k3s-lab/problem";
import { ensurePrograms, missingPrograms } from "../src/index.js";
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

test("names all that is missing, why it is needed, and the exact command", async () => {
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

test("with nothing missing nothing is reported", async () => {
  await ensurePrograms([shell], { install: "never", note: () => assert.unreachable() });
});

test("the install script starts no service, and fetches package lists only where those at hand do not do", async () => {
  const dir = mkdtempSync(join(tmpdir(), "k3s-lab-apt-"));
  const [policy, log] = [join(dir, "policy-rc.d"), join(dir, "log")];
  // Fails once for each time that the package lists have not been fetched.
  const apt = `#!/bin/sh
command=$(echo "$@" | grep -o -e 'install .*' -e update)
[ "$command" = update ] && touch ${dir}/fetched
"${policy}"; echo "$command, policy $?" >>${log}
[ "$command" = update ] || [ -e ${dir}/fetched ]`;
  writeFileSync(join(dir, "apt-get"), apt, { mode: 0o755 });
  const script = fileURLToPath(new URL("../shell/apt-install.sh", import.meta.url));
  const install = () => run("sh", [script, policy, "lxc", "nftables"], { env: { PATH: `${dir}:${process.env.PATH}` } });
  try {
    await install();
    assert.is(readFileSync(log, "utf8"), logOf("install lxc nftables", "update", "install lxc nftables"));
    assert.not(existsSync(policy));
    rmSync(log);
    writeFileSync(policy, "#!/bin/sh\nexit 101\n", { mode: 0o755 });
    await install();
    assert.is(readFileSync(log, "utf8"), logOf("install lxc nftables"));
    assert.ok(existsSync(policy), "the host's own stays");
  } finally {
    rmSync(dir, { recursive: true });
  }
});

function logOf(...commands: readonly string[]): string {
  return commands.map((command) => `${command}, policy 101\n`).join("");
}

test.run();
