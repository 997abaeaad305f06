import type { Command } from "../enter.js";

/**
 * A disk that shows whether KVM works, since /dev/kvm may exist and be broken. Its first sector only ends the machine: if
 * that does not end at once with exit code `works`, the host has to emulate.
 */
export const kvmProbe = {
  disk: bootSector([
    0xb0,
    0x10, // mov al, 0x10
    0xe6,
    0xf4, // out 0xf4, al: the device that ends QEMU, with twice the value and one
    0xf4, // hlt
    0xeb,
    0xfd, // jmp to hlt
  ]),
  works: 0x10 * 2 + 1,
  /** Milliseconds. It takes a quarter of a second even emulated; a KVM that needs longer (seen: 5 to 8 s) is no help. */
  timeout: 3_000,
} as const;

/** Returns the command that starts the probe; the accelerator tcg is for testing the probe itself. */
export function kvmProbeCommand(disk: string, accelerator: "kvm" | "tcg" = "kvm"): Command {
  return [
    "qemu-system-x86_64",
    "-accel",
    accelerator,
    // As libvirt starts machines with KVM: a half-working KVM ends QEMU when the machine asks for the host's processor.
    ...(accelerator === "kvm" ? ["-cpu", "host"] : []),
    "-m",
    "16",
    "-nodefaults",
    "-display",
    "none",
    "-no-reboot",
    "-device",
    "isa-debug-exit,iobase=0xf4,iosize=0x01",
    "-drive",
    `file=${disk.replaceAll(",", ",,")},format=raw,if=ide,readonly=off,snapshot=on`,
  ];
}

function bootSector(code: readonly number[]): Uint8Array {
  const sector = new Uint8Array(512);
  sector.set(code);
  sector.set([0x55, 0xaa], 510);
  return sector;
}
