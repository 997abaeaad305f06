import { readFileSync } from "node:fs";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { run } from "@k3s-lab/exec";
import { parseCidr } from "@k3s-lab/ip";
import { askNode, type Section } from "@k3s-lab/machines";
import { type NodeAnswers, nodeSections, nodeSeen } from "../../src/survey/node-sections.js";
import { multi } from "../fixtures/survey.js";

const test = suite("sections about a node");

/** Recorded: a server of a lab that was built from modules, all but two of its certificates left out. */
const recorded = readFileSync(new URL("../fixtures/node.txt", import.meta.url), "utf8");
const cidrs = { podCidr: parseCidr("10.42.0.0/16"), serviceCidr: parseCidr("10.43.0.0/16") };
const asked = { before: 1, after: 2 };

/** What doctor makes of the output of sections, each behind a line "== NAME". */
function read(outputs: string) {
  const parts = outputs.split(/^== (\w+)\n/m).slice(1);
  const sections: Readonly<Record<string, Section<unknown>>> = nodeSections(cidrs);
  const answers = parts.flatMap((name, index) =>
    index % 2 === 0 ? [[name, sections[name]?.parse(parts[index + 1] ?? "")] as const] : [],
  );
  return nodeSeen(multi, cidrs, Object.fromEntries(answers) as NodeAnswers, asked);
}
const seen = read(recorded);

test("routes, links, neighbours and flannel's link", () => {
  const [first] = seen.ip?.routes.filter(({ dst }) => dst === "default") ?? [];
  assert.is(first?.gateway, "10.76.0.1");
  const flannel = seen.ip?.links.find(({ name }) => name === "flannel.1");
  assert.equal(flannel?.vxlan, { link: "eth0", local: "10.76.0.10" });
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

test("what a node without iproute2 and K3s cannot tell is left out", () => {
  const bare = read("== clock\n1795642388\n== ip\n== files\n== guard\n");
  assert.is(bare.ip, undefined);
  assert.equal([bare.certificates, bare.listeners, bare.disks, bare.resolvers], [[], [], [], []]);
  assert.equal([bare.guard.by, bare.proxyMode, bare.forwarding], ["nothing", "unknown", undefined]);
  const { ip } = read('== ip\n[]\nip: unrecognized option "-details"\n');
  assert.is(ip, undefined);
});

const linuxTest = process.platform === "linux" ? test : test.skip;

linuxTest("the sections run in a shell, here on this machine", async () => {
  const driver = {
    exec: (_: string, [command = "", ...args]: readonly string[]) => run(command, args),
  } as Parameters<typeof askNode>[0];
  const before = Date.now();
  const answers = await askNode(driver, "here", nodeSections(cidrs));
  const here = nodeSeen(multi, cidrs, answers, { before, after: Date.now() });
  assert.ok(Math.abs(here.clock.node - before) < 60_000);
  assert.is(here.forwarding, readFileSync("/proc/sys/net/ipv4/ip_forward", "utf8").trim());
  assert.ok(here.disks.some(({ place }) => place === "/"));
  assert.ok(["iptables", "ipvs", "nftables", "unknown"].includes(here.proxyMode));
  assert.ok(here.ip === undefined || here.ip.links.some(({ name }) => name === "lo"));
  assert.is.not(answers.guard, undefined);
  assert.is.not(answers.listeners, undefined);
});

test.run();
