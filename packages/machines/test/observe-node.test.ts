import { createHash } from "node:crypto";
import { parseRoute } from "@k3s-lab/ip";
import { differences, type NodeFacts, staleFiles } from "../src/observe-node.js";
import { hostsFile } from "../src/node-files.js";
import { suite } from "uvu";
import * as assert from "uvu/assert";

const test = suite("machines observe node");

const sum = (text: string) => createHash("sha256").update(text).digest("hex");
const files = [
  { path: "/etc/hosts", content: "hosts" },
  { path: "/etc/resolv.conf", content: "resolver" },
];
const wanted = {
  address: "10.76.0.11",
  prefixLength: 24,
  interface: "eth0",
  gateway: "10.76.0.1",
  resolvers: ["192.0.2.53"],
  files,
};
const right: NodeFacts = {
  link: "eth0",
  serviceManager: "systemd",
  neighbours: ["10.76.0.1"],
  addresses: ["10.76.0.11/24"],
  defaultRoutes: [parseRoute("default via 10.76.0.1 dev eth0")],
  resolvers: ["192.0.2.53"],
  files: new Map(files.map(({ path, content }) => [path, { sha256: sum(content), mode: "644" }])),
  hosts: "hosts",
};

test("a machine that is right needs nothing", () => {
  assert.equal(differences(wanted, right), []);
});

test("each difference tells what is wanted and what was seen", () => {
  assert.equal(differences(wanted, { ...right, addresses: [], defaultRoutes: [], resolvers: [], files: new Map() }), [
    "set address 10.76.0.11/24 (seen: none)",
    "set default route via 10.76.0.1 dev eth0 (seen: none)",
    "set resolvers 192.0.2.53 (seen: none)",
    "write /etc/hosts, /etc/resolv.conf",
  ]);
});

test("a second address or route is a difference", () => {
  const addresses = ["10.76.0.11/24", "10.9.9.9/8"];
  const defaultRoutes = ["default via 10.76.0.1 dev eth0", "default via 10.9.0.1 dev eth1"].map(parseRoute);
  assert.equal(differences(wanted, { ...right, addresses, defaultRoutes }), [
    "set address 10.76.0.11/24 (seen: 10.76.0.11/24, 10.9.9.9/8)",
    "set default route via 10.76.0.1 dev eth0 (seen: 10.76.0.1 dev eth0, 10.9.0.1 dev eth1)",
  ]);
});

test("only files whose content or mode differs are stale", () => {
  for (const other of [
    { sha256: sum("other"), mode: "644" },
    { sha256: sum(files[0]?.content ?? ""), mode: "600" },
  ]) {
    const seen = { ...right, files: new Map([...right.files, ["/etc/hosts", other]]) };
    assert.equal(staleFiles(wanted, seen), [files[0]]);
  }
});

test("of a hosts file only the lab's own lines are the lab's", () => {
  const file = hostsFile("0123ab", { machines: [{ name: "multi", address: "10.76.0.10" }] });
  const seenWith = (hosts: string): NodeFacts => ({
    ...right,
    hosts,
    files: new Map([[file.path, { sha256: sum(hosts), mode: "644" }]]),
  });
  const byHand = file.content.replace("multi", "multi # mine").replace(/^/, "192.0.2.7 registry.corp\n");
  assert.equal(staleFiles({ files: [file] }, seenWith(`${file.content}192.0.2.7 registry.corp\n`)), []);
  const [stale] = staleFiles({ files: [file] }, seenWith(byHand));
  assert.match(stale?.content ?? "", "192.0.2.7 registry.corp\n127.0.0.1\tlocalhost\n");
  assert.match(stale?.content ?? "", "10.76.0.10\tmulti\n");
  assert.equal(staleFiles({ files: [file] }, seenWith(stale?.content ?? "")), []);
});

test.run();
