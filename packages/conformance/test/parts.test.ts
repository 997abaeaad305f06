import { suite } from "uvu";
import * as assert from "uvu/assert";
import { fitting, parts } from "../src/parts.js";

const test = suite("parts");

/** The parts that run a spec. */
const partsOf = (name: string, hasSctp?: boolean) =>
  parts
    .map((part) => fitting(part, hasSctp))
    .filter(({ focus, skip }) => new RegExp(focus).test(name) && (skip === undefined || !new RegExp(skip).test(name)))
    .map(({ id }) => id);

test("each conformance spec is in one part: serial and slow ones in the second", () => {
  assert.equal(partsOf("[sig-apps] CronJob should support CronJob API operations [Conformance]"), ["conformance"]);
  assert.equal(partsOf("[sig-apps] CronJob should not schedule jobs when suspended [Slow] [Conformance]"), ["serial"]);
  assert.equal(partsOf("[sig-apps] Daemon set [Serial] should run and stop simple daemon [Conformance]"), ["serial"]);
  assert.equal(partsOf("[sig-apps] CronJob should schedule multiple jobs concurrently"), []);
  assert.equal(partsOf("[sig-node] NoExecuteTaintManager [Serial] doesn't evict pod"), []);
});

test("NetworkPolicy is tested with SCTP, too, unless the kernel has none", () => {
  const policy = "NetworkPolicy between server and client";
  const ofSctp = `[sig-network] Netpol [Feature:SCTPConnectivity] [LinuxOnly] ${policy} using SCTP should`;
  const other = `[sig-network] Netpol ${policy} should deny egress from pods [Feature:NetworkPolicy]`;
  assert.equal(partsOf(other, false), ["network-policy"]);
  assert.equal(partsOf(ofSctp), ["network-policy"]);
  assert.equal(partsOf(ofSctp, true), ["network-policy"]);
  assert.equal(partsOf(ofSctp, false), []);
});

test("storage is tested without what a driver need not have", () => {
  const driver = "External Storage [Driver: local-path] [Testpattern: Dynamic PV (default fs)]";
  assert.equal(partsOf(`${driver} volumes should store data`), ["storage"]);
  assert.equal(partsOf(`${driver} [Feature:VolumeSnapshotDataSource] should`), []);
  assert.equal(partsOf(`${driver} [Slow] [Serial] volume-stress should`), ["storage"]);
  assert.equal(partsOf(`${driver} [Disruptive] subPath should`), []);
  assert.equal(partsOf(`${driver} [Testpattern: Generic Ephemeral-volume (default fs) (immediate-binding)] a`), []);
  assert.equal(partsOf(`${driver} provisioning should provision storage with any volume data source [Serial]`), []);
  assert.is(parts.find(({ id }) => id === "storage")?.storageClass, "local-path");
});

test.run();
