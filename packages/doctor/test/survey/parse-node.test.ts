import { parseCidr } from "@k3s-lab/ip";
import { readFileSync } from "node:fs";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { neighboursIn, parseNode } from "../../src/survey/parse-node.js";
import { multi } from "../fixtures/survey.js";

const test = suite("what a node says");

/** Recorded: a server of a lab that was built from modules, all but two of its certificates left out. */
const recorded = readFileSync(new URL("../fixtures/node.txt", import.meta.url), "utf8");
const cidrs = { podCidr: parseCidr("10.42.0.0/16"), serviceCidr: parseCidr("10.43.0.0/16") };
const asked = { before: 1, after: 2 };
const seen = parseNode(multi, recorded, cidrs, asked);

test("routes, links, neighbours and flannel's link", () => {
  const [first] = seen.ip?.routes.filter(({ dst }) => dst === "default") ?? [];
  assert.is(first?.gateway, "10.76.0.1");
  assert.equal(seen.ip?.vxlan, { name: "flannel.1", link: "eth0", local: "10.76.0.10" });
  assert.ok(seen.ip?.neighbours.some(({ address, dev }) => address === "10.76.0.1" && dev === "eth0"));
  assert.ok(seen.ip?.links.some(({ name, addresses }) => name === "eth0" && addresses.includes("10.76.0.10/24")));
});

test("resolvers, listeners, disks, forwarding, kube-proxy", () => {
  assert.equal(seen.resolvers, ["192.168.77.1"]);
  for (const port of [6443, 10250]) {
    assert.equal(
      seen.listeners.filter((each) => each.port === port).map(({ address }) => address),
      ["0.0.0.0"],
    );
  }
  assert.ok(seen.listeners.some(({ address, port }) => address === "127.0.0.1" && port === 10249));
  assert.is(seen.disks.length, 1);
  assert.is(seen.disks[0]?.size, 264212084 * 1024);
  assert.is(seen.forwarding, "1");
  assert.is(seen.proxyMode, "iptables");
});

test("the guard, certificates and the clock", () => {
  assert.equal(seen.guard.faults, []);
  assert.equal(
    seen.certificates.map(({ file, expires }) => [file.split("/").at(-1), new Date(expires).toISOString()]),
    [
      ["client-admin.crt", "2027-11-25T21:22:11.000Z"],
      ["serving-kubelet.crt", "2027-11-25T21:22:14.000Z"],
    ],
  );
  assert.equal({ ...seen.clock, node: Math.floor(seen.clock.node) }, { ...asked, node: 1795642388387 });
});

test("a node without iproute2 and K3s: what it cannot tell is left out", () => {
  const bare = parseNode(multi, "== clock\n1795642388\n== ip\n== resolvers\n== guard\n", cidrs, asked);
  assert.is(bare.ip, undefined);
  assert.equal([bare.certificates, bare.listeners, bare.disks, bare.resolvers], [[], [], [], []]);
  assert.is(bare.guard.by, "nothing");
  const { ip } = parseNode(multi, '== ip\n[]\nip: unrecognized option "-details"\n', cidrs, asked);
  assert.is(ip, undefined);
});

test("neighbours without a MAC address have not answered; a stale one did once", () => {
  const json = JSON.stringify([
    { dst: "10.76.0.9", dev: "eth0", state: ["FAILED"] },
    { dst: "10.76.0.8", dev: "eth0", lladdr: "AA:BB:00:00:00:01", state: ["REACHABLE"] },
    { dst: "10.76.0.7", dev: "eth0", lladdr: "aa:bb:00:00:00:02", state: ["STALE"] },
  ]);
  assert.equal(neighboursIn(json), [
    { address: "10.76.0.8", dev: "eth0", mac: "aa:bb:00:00:00:01" },
    { address: "10.76.0.7", dev: "eth0", mac: "aa:bb:00:00:00:02", stale: true },
  ]);
  assert.equal(neighboursIn(""), []);
});

test.run();
