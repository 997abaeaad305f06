import { createHash } from "node:crypto";
import { differences, factsCommand, type NodeFacts, parseFacts, staleFiles } from "../src/observe-node.js";
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
  defaultRoutes: ["10.76.0.1 dev eth0"],
  resolvers: ["192.0.2.53"],
  files: { "/etc/hosts": sum("hosts"), "/etc/resolv.conf": sum("resolver") },
};

// As iproute2 6.1 and coreutils 9.1 have said it in a machine.
const said = `[{"ifindex":2,"link_index":5,"ifname":"eth0","flags":["UP"],"addr_info":[{"family":"inet","local":"10.76.0.11","prefixlen":24,"scope":"global","label":"eth0"}]}]
[{"dst":"default","gateway":"10.76.0.1","dev":"eth0","flags":[]}]
[{"dst":"10.76.0.1","lladdr":"02:00:00:00:00:01","state":["STALE"]},{"dst":"10.76.0.9","state":["FAILED"]}]
link eth0
resolver 192.0.2.53
${sum("hosts")}  /etc/hosts
${sum("resolver")}  /etc/resolv.conf`;

test("reads what a machine says of itself", () => {
  assert.equal(parseFacts(said), right);
});

test("reads a machine in which everything is missing", () => {
  const nothing = {
    serviceManager: "systemd",
    neighbours: [],
    addresses: [],
    defaultRoutes: [],
    resolvers: [],
    files: {},
  };
  assert.equal(parseFacts("[]"), nothing);
  assert.equal(parseFacts(""), nothing);
});

test("reads what the ip of busybox says, under OpenRC", () => {
  const plain = `link eth1
3: eth1    inet 10.76.0.11/24 scope global eth1\\       valid_lft forever preferred_lft forever
default via 10.76.0.1 dev eth1  metric 202
10.76.0.1 lladdr 02:00:00:00:00:01 ref 1 used 0/0/0 probes 1 REACHABLE
10.76.0.9  used 0/0/0 probes 6 FAILED
openrc
resolver 192.0.2.53
${sum("hosts")}  /etc/hosts
${sum("resolver")}  /etc/resolv.conf`;
  const expected = { ...right, link: "eth1", serviceManager: "openrc", defaultRoutes: ["10.76.0.1 dev eth1"] };
  assert.equal(parseFacts(plain), expected);
});

test("reads routes without a gateway, and more than one", () => {
  const routes = '[{"dst":"default","gateway":"10.76.0.1","dev":"eth0"},{"dst":"default","dev":"tun0","metric":5}]';
  assert.equal(parseFacts(routes).defaultRoutes, ["10.76.0.1 dev eth0", "no gateway dev tun0"]);
});

test("asks for the link and every file in one command", () => {
  assert.equal(factsCommand({ mac: "02:00:00:00:00:0A" }, files).slice(-3), [
    "02:00:00:00:00:0a",
    "/etc/hosts",
    "/etc/resolv.conf",
  ]);
});

test("a machine that is right needs nothing", () => {
  assert.equal(differences(wanted, right), []);
});

test("each difference says what is wanted and what was seen", () => {
  assert.equal(differences(wanted, { ...right, addresses: [], defaultRoutes: [], resolvers: [], files: {} }), [
    "set address 10.76.0.11/24 (seen: none)",
    "set default route via 10.76.0.1 dev eth0 (seen: none)",
    "set resolvers 192.0.2.53 (seen: none)",
    "write /etc/hosts, /etc/resolv.conf",
  ]);
});

test("a second address or route is a difference", () => {
  const addresses = ["10.76.0.11/24", "10.9.9.9/8"];
  const defaultRoutes = ["10.76.0.1 dev eth0", "10.9.0.1 dev eth1"];
  assert.equal(differences(wanted, { ...right, addresses, defaultRoutes }), [
    "set address 10.76.0.11/24 (seen: 10.76.0.11/24, 10.9.9.9/8)",
    "set default route via 10.76.0.1 dev eth0 (seen: 10.76.0.1 dev eth0, 10.9.0.1 dev eth1)",
  ]);
});

test("only files whose content differs are stale", () => {
  const seen = { ...right, files: { ...right.files, "/etc/hosts": sum("other") } };
  assert.equal(staleFiles(wanted, seen), [files[0]]);
});

test.run();
