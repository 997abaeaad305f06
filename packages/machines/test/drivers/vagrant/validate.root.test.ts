import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { run } from "@k3s-lab/exec";
import { ensurePrograms } from "@k3s-lab/host";
import { vagrantPrograms } from "@k3s-lab/testbed";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { statusCommand, vagrantEnvironment } from "../../../src/drivers/vagrant/commands.js";
import { parseStatus } from "../../../src/drivers/vagrant/machine-readable.js";
import type { VagrantPlan } from "../../../src/drivers/vagrant/plan.js";
import { vagrantFiles } from "../../../src/drivers/vagrant/vagrant-files.js";
import { plan } from "./sample.js";

const test = suite("vagrant validate");

const bridge = "lab-br0";
const validate = ["vagrant", "validate"];

/** Runs Vagrant where the plan was rendered, in a network of its own with the bridge that libvirt's plugin looks for. */
async function vagrant(wanted: VagrantPlan, command: readonly string[], edit = (text: string) => text) {
  const dir = mkdtempSync(join(tmpdir(), "k3s-lab-vagrant-"));
  try {
    for (const { path, content, mode } of vagrantFiles(wanted)) {
      mkdirSync(dirname(join(dir, path)), { recursive: true });
      writeFileSync(join(dir, path), edit(content));
      chmodSync(join(dir, path), mode);
    }
    const script = `ip link add ${bridge} type bridge && exec "$@"`;
    return await run("unshare", ["--net", "sh", "-c", script, "sh", ...command], {
      cwd: dir,
      env: {
        ...vagrantEnvironment(wanted.provider),
        VAGRANT_HOME: join(dir, "home"),
        // libvirt's own driver for tests: no daemon runs here.
        LIBVIRT_DEFAULT_URI: "test:///default",
      },
      answers: "any",
    });
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}

const libvirt: VagrantPlan = { ...plan, provider: "libvirt", bridge };

if (process.platform === "linux" && process.getuid?.() === 0) {
  test.before(() => ensurePrograms(vagrantPrograms, { install: "auto", note: console.log }));

  for (const emulate of [false, true]) {
    test(`libvirt ${emulate ? "emulated" : "with KVM"}: Vagrant and its plugin know every setting`, async () => {
      const { stdout, stderr, exitCode } = await vagrant({ ...libvirt, emulate }, validate);
      assert.is(stderr, "");
      assert.is(exitCode, 0, stdout);
    });
  }

  test("a setting that is none would be found", async () => {
    const misspelt = (text: string) => text.replace("libvirt.driver", "libvirt.drivr");
    const { stderr, exitCode } = await vagrant(libvirt, validate, misspelt);
    assert.is(exitCode, 1);
    assert.match(stderr, "drivr");
  });

  test("VirtualBox: all but its own block is valid, with any name that an interface may have", async () => {
    for (const name of [plan.bridge, "Intel(R) O'Brien's #{exit 9} \\"]) {
      const result = await vagrant({ ...plan, bridge: name }, [...validate, "--ignore-provider"]);
      assert.is(result.exitCode, 0, result.stderr);
    }
  });

  test("Vagrant names the machines that were rendered", async () => {
    const { stdout, stderr } = await vagrant(libvirt, statusCommand());
    const wanted = plan.machines.map(({ name }) => [name, "absent"]);
    assert.equal([...parseStatus(stdout)], wanted, stdout + stderr);
  });
} else {
  console.log("skipped: vagrant validate needs root on Linux, to install it and for a network of its own");
}

test.run();
