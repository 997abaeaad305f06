import { chmodSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ensurePrograms } from "@k3s-lab/host";
import type { EmulatedHost } from "../emulate-host.js";
import { leftOvers } from "../sweep.js";
import { libvirtPrograms } from "./needs.js";

/**
 * Starts libvirt in an emulated host: what it keeps, its networks and its machines are that host's alone. It ends with
 * what it returns, and so do all machines.
 */
export async function startLibvirt(host: Pick<EmulatedHost, "run" | "background">): Promise<AsyncDisposable> {
  await ensurePrograms(libvirtPrograms, { install: "auto", note: console.error });
  const killed = leftOvers([tmpdir()], /^k3s-lab-libvirt-(\d+)-/);
  for (const name of killed) rmSync(join(tmpdir(), name), { recursive: true, force: true });
  // Named after this process, for the sweep of a later one. Not under /run, which is memory: it holds disks.
  const dir = mkdtempSync(join(tmpdir(), `k3s-lab-libvirt-${process.pid}-`));
  chmodSync(dir, 0o755); // QEMU runs as a user of its own.
  const end = () => rmSync(dir, { recursive: true, force: true });
  try {
    const options = { ready: /^libvirt is ready/, within: 2 * minutes, lifetime: 180 * minutes };
    const daemon = await host.background("sh", ["-c", startScript, dir], options);
    return {
      async [Symbol.asyncDispose]() {
        await host.run("sh", ["-c", endMachines], { answers: "any" });
        await daemon[Symbol.asyncDispose]();
        end();
      },
    };
  } catch (error) {
    end();
    throw error;
  }
}

const minutes = 60_000;

/** Without a service manager; its own folders are laid over those of the real host, whose libvirt knows nothing of it. */
const startScript = `set -eu
mkdir -p /run/libvirt
mount -t tmpfs tmpfs /run/libvirt
for place in /etc/libvirt /var/lib/libvirt /var/cache/libvirt /var/log/libvirt; do
  mkdir -p "$place" "$0$place"
  [ "$place" != /etc/libvirt ] || cp -a "$place/." "$0$place/"
  mount --bind "$0$place" "$place"
done
virtlogd --pid-file /run/libvirt/virtlogd.pid &
libvirtd --pid-file /run/libvirt/libvirtd.pid &
until virsh --connect qemu:///system version >/dev/null 2>&1; do
  kill -0 $! || exit 1
  sleep 0.2
done
echo "libvirt is ready"
wait`;

const endMachines = `for id in $(virsh --connect qemu:///system list --id); do
  virsh --connect qemu:///system destroy "$id"
done`;
