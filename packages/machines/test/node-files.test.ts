import { hostsFile, networkFile, nodeFiles } from "../src/node-files.js";
import { agent1, labId, multi, wanted } from "./sample.js";
import { suite } from "uvu";
import * as assert from "uvu/assert";

const test = suite("machines node files");

const contentOf = (path: string, machine = agent1) =>
  nodeFiles(labId, machine, wanted).find((file) => file.path === path)?.content;

test("the network has one address and one default route, whatever was there before", () => {
  assert.equal(contentOf(networkFile)?.split("\n"), [
    "link set dev eth0 up",
    "address flush dev eth0",
    "address add 10.76.0.11/24 dev eth0",
    "route flush exact 0.0.0.0/0",
    "route add default via 10.76.0.1 dev eth0",
    "",
  ]);
});

test("the resolver names what was chosen, and nothing else", () => {
  assert.is(contentOf("/etc/resolv.conf"), "nameserver 192.0.2.53\nnameserver 192.0.2.54\n");
});

test("search domains stand before the resolvers", () => {
  const found = nodeFiles(labId, agent1, { ...wanted, search: ["corp.example", "lan"] });
  assert.match(found.find(({ path }) => path === "/etc/resolv.conf")?.content ?? "", /^search corp\.example lan\nname/);
});

test("what lab.yaml names stands beside the nodes, and hand-made lines stay when either changes", () => {
  const aliases = [{ ip: "192.168.1.5", hostnames: ["registry.corp", "registry"] }];
  const before = hostsFile(labId, wanted);
  const after = hostsFile(labId, { ...wanted, hostAliases: aliases });
  assert.match(after.content, "10.76.0.11\tagent1\n192.168.1.5\tregistry.corp registry\n");
  const byHand = `127.0.0.1 localhost\n${before.content}10.9.9.9 mine\n`;
  const merged = after.merge?.(byHand) ?? "";
  assert.match(merged, "10.9.9.9 mine\n");
  assert.match(merged, "192.168.1.5\tregistry.corp registry\n");
  assert.is(merged.split("10.76.0.10\tmulti").length, 2, "named once");
  assert.is(after.merge?.(merged), merged);
  assert.is(before.merge?.(byHand), byHand, "nothing to do");
});

test("the hosts file of an earlier release, which had no block, names each node once", () => {
  const earlier = "127.0.0.1\tlocalhost\n10.76.0.10\tmulti\n10.76.0.11\tagent1\n10.9.9.9 mine\n";
  const merged = hostsFile(labId, wanted).merge?.(earlier) ?? "";
  assert.match(merged, /^127\.0\.0\.1\tlocalhost\n10\.9\.9\.9 mine\n# k3s-lab 0123ab begin/);
});

test("every node knows every other by name", () => {
  assert.match(contentOf("/etc/hosts") ?? "", "10.76.0.10\tmulti\n10.76.0.11\tagent1\n");
  assert.is(contentOf("/etc/hostname"), "agent1\n");
});

test("no two machines share a machine-id", () => {
  assert.match(contentOf("/etc/machine-id") ?? "", /^[0-9a-f]{32}\n$/);
  assert.is.not(contentOf("/etc/machine-id", multi), contentOf("/etc/machine-id", agent1));
});

test.run();
