import type { Command } from "../enter.js";

/**
 * /dev/kvm may be there and broken. A disk whose first sector does nothing but end the machine tells: started with KVM
 * it ends at once with `works`, or the host shall emulate.
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

/** `accelerator`: tcg is for a test of the probe itself. */
export function kvmProbeCommand(disk: string, accelerator: "kvm" | "tcg" = "kvm"): Command {
  return [
    "qemu-system-x86_64",
    "-accel",
    accelerator,
    // As libvirt starts machines with KVM: a KVM that is half there ends QEMU when it is to be given the host's processor.
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
