import { createHash } from "node:crypto";
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { run } from "@k3s-lab/exec";
import { ensurePrograms, cacheDir } from "@k3s-lab/host";
import { type GuestRecipe, guests } from "./guests.js";
import { boxPrograms } from "./needs.js";

/** Raised when something about the result changes that the recipe itself does not show. */
const edition = 1;
const buildTimeout = 20 * 60_000;

/** Where the tests' Vagrant keeps its boxes: not among those of the person who runs them. */
export function vagrantHome(): string {
  return join(cacheDir(), "vms");
}

/** The same recipe has the same name; it is built once, and then lies among the boxes of the tests' own Vagrant. */
export async function ensureBox(guest: keyof typeof guests): Promise<string> {
  const recipe: GuestRecipe = guests[guest];
  const name = boxName(guest, recipe);
  if (existsSync(join(vagrantHome(), "boxes", name))) return name;
  await ensurePrograms(boxPrograms, { install: "auto", note: console.error });
  const dir = mkdtempSync(join(tmpdir(), "k3s-lab-box-"));
  try {
    await buildBox(recipe, dir);
    const args = ["box", "add", join(dir, "guest.box"), "--name", name, "--provider", "libvirt"];
    await run("vagrant", args, { env: { VAGRANT_HOME: vagrantHome() }, timeout: buildTimeout });
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
  return name;
}

export function boxName(guest: string, recipe: GuestRecipe): string {
  const key = createHash("sha256").update(JSON.stringify({ edition, recipe })).digest("hex").slice(0, 12);
  return `k3s-lab-test-${guest}-${key}`;
}

/** `guest.box` in a folder: packages, then files, then the script; a disk that boots by itself; Vagrant's wrapping. */
async function buildBox({ packages, files, script, kernel, vagrant }: GuestRecipe, dir: string): Promise<void> {
  const over = { ...files, "/boot/extlinux/extlinux.conf": bootMenu(kernel) };
  for (const [path, content] of Object.entries(over)) put(join(dir, "files", path), content);
  put(join(dir, "finish.sh"), `set -eu\n${script}`);
  put(join(dir, "metadata.json"), JSON.stringify({ provider: "libvirt", format: "qcow2", virtual_size: diskSize }));
  put(join(dir, "Vagrantfile"), ["Vagrant.configure('2') do |config|", ...vagrant, "end", ""].join("\n"));
  // In a mount namespace of its own: an interrupted build leaves no mount behind, and no loop device.
  const args = ["--mount", "--propagation", "private", "sh", "-c", buildScript, "sh", packages.join(",")];
  await run("unshare", args, { cwd: dir, timeout: buildTimeout });
}

function put(path: string, content: string): void {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, content, { mode: 0o644 });
}

function bootMenu(kernel: string): string {
  return `DEFAULT linux\nLABEL linux\n  KERNEL /vmlinuz\n  INITRD /initrd.img\n  APPEND ${kernel}\n`;
}

/** Gigabytes that the guest believes to have; what is never written takes no room. */
const diskSize = 8;

/** No partition table: the boot loader is in the disk's first sector, and the file system is all of the disk. */
const buildScript = `set -eu
mmdebstrap --quiet --variant=minbase --mode=root --aptopt='APT::Install-Recommends "false"' \\
  --aptopt='Acquire::Languages "none"' --dpkgopt=force-unsafe-io --dpkgopt='path-exclude=/usr/share/doc/*' \\
  --dpkgopt='path-exclude=/usr/share/locale/*' --dpkgopt='path-exclude=/usr/share/man/*' \\
  --include="$1" bookworm root
cp -r --no-preserve=ownership files/. root/
cp "$(dpkg -L vagrant | grep '/keys/vagrant.pub$')" root/vagrant.pub
cp finish.sh root/
chroot root sh /finish.sh
rm root/finish.sh
truncate --size=${diskSize}G disk
mke2fs -q -t ext4 -d root disk
mkdir mounted
mount -o loop disk mounted
extlinux --install mounted/boot/extlinux
umount mounted
qemu-img convert -O qcow2 disk box.img
tar --create --sparse --file=guest.box metadata.json Vagrantfile box.img`;
