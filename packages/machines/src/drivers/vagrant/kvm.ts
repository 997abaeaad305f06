import { accessSync, constants, existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { CommandFailed } from "@k3s-lab/exec";
import { isInstalled } from "@k3s-lab/host";
import { runCommand } from "../enter.js";
import { kvmProbe, kvmProbeCommand } from "./kvm-probe.js";

const device = "/dev/kvm";

const qemu = "qemu-system-x86_64";

/** Tells whether KVM can be tried: the program for it may not be installed yet. */
export function canTryKvm(): boolean {
  return isInstalled(qemu);
}

/** Returns why KVM does not work on this host; undefined if it works or cannot be tried. Leaves nothing running. */
export async function kvmFault(): Promise<string | undefined> {
  if (!existsSync(device)) return `there is no ${device}`;
  // The machines are started by libvirt, which may open what this user may not; and the probe is x86 code.
  if (!mayOpen() || process.arch !== "x64" || !canTryKvm()) return undefined;
  const dir = mkdtempSync(join(tmpdir(), "k3s-lab-kvm-"));
  try {
    const disk = join(dir, "probe.img");
    writeFileSync(disk, kvmProbe.disk);
    const { exitCode, stderr } = await runCommand(kvmProbeCommand(disk), {
      timeout: kvmProbe.timeout,
      answers: "any",
    });
    if (exitCode === kvmProbe.works) return undefined;
    const [first] = stderr.split("\n");
    return `${device} exists, and a machine started with it ended with ${exitCode}${first && ` (${first})`}`;
  } catch (error) {
    if (!(error instanceof CommandFailed)) throw error;
    return `${device} exists, and a machine started with it did not end within ${kvmProbe.timeout / 1000} s`;
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}

function mayOpen(): boolean {
  try {
    accessSync(device, constants.R_OK | constants.W_OK);
    return true;
  } catch {
    return false;
  }
}
