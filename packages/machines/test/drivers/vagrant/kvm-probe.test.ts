import { suite } from "uvu";
import * as assert from "uvu/assert";
import { kvmProbe, kvmProbeCommand } from "../../../src/drivers/vagrant/kvm-probe.js";

const test = suite("vagrant kvm probe");

test("the disk is one sector that a BIOS starts", () => {
  assert.is(kvmProbe.disk.length, 512);
  assert.equal(Buffer.from(kvmProbe.disk.slice(-2)).toString("hex"), "55aa");
});

test("a comma in a path is no option of QEMU's", () => {
  assert.match(kvmProbeCommand("/tmp/a,b").at(-1) ?? "", /^file=\/tmp\/a,,b,/);
});

test("KVM is tried with the processor that machines get, which an emulator does not have", () => {
  assert.equal(kvmProbeCommand("/tmp/x").slice(0, 5), ["qemu-system-x86_64", "-accel", "kvm", "-cpu", "host"]);
  assert.not(kvmProbeCommand("/tmp/x", "tcg").includes("host"));
});

test.run();
