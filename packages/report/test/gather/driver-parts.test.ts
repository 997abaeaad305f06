// Programs that print what Vagrant and Docker print stand for them.
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openLab } from "@k3s-lab/lab";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { driverParts } from "../../src/gather/driver-parts.js";
import { fromDisk } from "../../src/gather/from-disk.js";
import { packReport } from "../../src/make-report.js";
import { gunzipSync } from "node:zlib";

const test = suite<{ dir: string }>("report of what machines are made by");
const { signal } = new AbortController();
const path = process.env.PATH;

test.before.each((context) => {
  context.dir = mkdtempSync(join(tmpdir(), "k3s-lab-report-driver-"));
  mkdirSync(join(context.dir, "bin"));
  process.env.PATH = `${context.dir}/bin:${path}`;
});
test.after.each(({ dir }) => {
  process.env.PATH = path;
  rmSync(dir, { recursive: true });
});

/** Puts a program before all others that runs this script. */
function program(dir: string, name: string, script: string): void {
  writeFileSync(join(dir, "bin", name), `#!/bin/sh\n${script}\n`);
  chmodSync(join(dir, "bin", name), 0o755);
}

async function openedLab(dir: string, provider: string) {
  writeFileSync(join(dir, "lab.yaml"), `machines: { provider: ${provider} }\n`);
  return openLab(join(dir, "lab.yaml"), { anyConfig: true });
}

const status = `Current machine states:

multi                     running (libvirt)
agent1                    shutoff (libvirt)

This environment represents multiple VMs. The VMs are all listed
above with their current state. For more information about a specific
VM, run \`vagrant status NAME\`.`;

test("of Vagrant's machines it has the file they go by, their states, plugins and boxes", async ({ dir }) => {
  program(
    dir,
    "vagrant",
    `[ "$PWD" = "${dir}/.lab/vagrant" ] && [ -n "$VAGRANT_CHECKPOINT_DISABLE" ] || exit 9
case $1 in
status) cat <<'END'
${status}
END
;;
plugin) echo 'vagrant-libvirt (0.11.2, system)' ;;
box) echo "generic/alpine318 (libvirt, 4.3.12)"; echo "fetched from https://mina:Kr0kodil@boxes.example/alpine" >&2 ;;
esac`,
  );
  mkdirSync(join(dir, ".lab/vagrant"), { recursive: true });
  const vagrantfile = "config.ssh.private_key_path = '/home/wilhelmina/.vagrant.d/insecure_private_key'\n";
  writeFileSync(join(dir, ".lab/vagrant/Vagrantfile"), vagrantfile);
  const parts = driverParts(await openedLab(dir, "libvirt"));
  assert.equal(
    parts.map((part) => part.path),
    ["lab/Vagrantfile", "host/vagrant.txt"],
  );
  const known = { secrets: [], users: ["wilhelmina"], hosts: [], domains: [], macs: [] };
  const { archive, files } = await packReport(parts, known, { name: "r", signal, progress: () => {} });
  const text = gunzipSync(archive).toString("utf8");
  assert.equal(
    files.flatMap(({ missing }) => missing ?? []),
    [],
  );
  for (const told of ["agent1                    shutoff (libvirt)", "vagrant-libvirt (0.11.2", "generic/alpine318"])
    assert.ok(text.includes(told), text);
  for (const secret of ["Kr0kodil", "wilhelmina"]) assert.not.ok(text.includes(secret), secret);
});

test("where Vagrant is not installed any more, its file is there, and the rest says so", async ({ dir }) => {
  process.env.PATH = `${dir}/bin`;
  mkdirSync(join(dir, ".lab/vagrant"), { recursive: true });
  writeFileSync(join(dir, ".lab/vagrant/Vagrantfile"), "# rendered\n");
  const [file, told] = driverParts(await openedLab(dir, "virtualbox"));
  assert.is(await file?.gather(signal), "# rendered\n");
  assert.match(String(await told?.gather(signal).catch(String)), /vagrant is not installed or not on PATH/);
});

test("of a container of Docker's that stands still, logs are copied out", async ({ dir }) => {
  const lab = await openedLab(dir, "docker");
  program(
    dir,
    "docker",
    `[ "$1" = cp ] && [ "$2" = "k3s-lab-${lab.id}-agent1:/var/lib/rancher/k3s/agent/containerd/containerd.log" ] || exit 1
echo 'level=info msg="starting containerd"' >"$3"`,
  );
  const still = { name: "agent1", lines: 10 } as const;
  assert.match(String(await fromDisk(lab, { ...still, section: "containerd" }, signal)), "starting containerd");
  assert.is(await fromDisk(lab, { ...still, section: "settings" }, signal), undefined);
  assert.is(await fromDisk(lab, { ...still, section: "k3s" }, signal), undefined);
});

test.run();
