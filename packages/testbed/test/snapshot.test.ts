import { diffSnapshots, type Section, type Snapshot, snapshotHost } from "../src/index.js";
import { flattenBlocks, flattenTables, linesOf } from "../src/snapshot-lines.js";
import { sections, splitSections } from "../src/snapshot-script.js";
import { suite } from "uvu";
import * as assert from "uvu/assert";

const test = suite("testbed snapshot");

function snapshot(parts: Partial<Record<Section, readonly string[]>>): Snapshot {
  return { ...Object.fromEntries(Object.keys(sections).map((name) => [name, []])), ...parts } as Snapshot;
}

test("equal snapshots have no difference", () => {
  assert.is(diffSnapshots(snapshot({ rules: ["a", "b"] }), snapshot({ rules: ["a", "b"] })), "");
});

test("a difference names the section and the lines that went and came", () => {
  const before = snapshot({ rules: ["a", "b", "b"], hosts: ["x"] });
  const after = snapshot({ rules: ["a", "b", "c"], hosts: ["x"] });
  assert.is(diffSnapshots(before, after), "rules:\n  - b\n  + c\n");
});

test("links and addresses are told without numbers of the moment", () => {
  const link = [
    {
      ifindex: 7,
      ifname: "lab0",
      flags: ["UP", "BROADCAST"],
      mtu: 1500,
      address: "02:00:00:00:00:01",
      linkinfo: { info_kind: "bridge", info_data: { hello_timer: 0.4 } },
    },
  ];
  assert.equal(linesOf.links(JSON.stringify(link)), ["lab0 bridge 02:00:00:00:00:01 mtu 1500 BROADCAST,UP"]);
  const address = [{ ifname: "lab0", addr_info: [{ local: "10.0.0.1", prefixlen: 24, valid_life_time: 9 }] }];
  assert.equal(linesOf.addresses(JSON.stringify(address)), ["lab0 10.0.0.1/24"]);
  assert.equal(linesOf.links(""), []);
});

test("a line of a filter carries what stands around it", () => {
  const text = "table inet t {\n\tchain c {\n\t\ttype filter hook forward priority 0;\n\t\tdrop\n\t}\n}\n";
  assert.equal(flattenBlocks(text), [
    "table inet t",
    "table inet t > chain c",
    "table inet t > chain c > type filter hook forward priority 0;",
    "table inet t > chain c > drop",
  ]);
  assert.equal(flattenTables("# made at noon\n*nat\n:INPUT ACCEPT [5:300]\n-A INPUT -j X\nCOMMIT\n"), [
    "nat :INPUT ACCEPT",
    "nat -A INPUT -j X",
  ]);
});

test("mounts are told without ids, sysctls by name", () => {
  const line = "36 35 98:0 /lab /mnt rw,noatime shared:1 - ext4 /dev/root rw\n";
  assert.equal(linesOf.mounts(line), ["/mnt ext4 /dev/root /lab"]);
  assert.equal(linesOf.sysctls("/proc/sys/net/ipv4/ip_forward:0\n"), ["net/ipv4/ip_forward = 0"]);
});

test("what the script says is split into its sections", () => {
  const texts = splitSections("== section rules\n0: local\n== section hosts\n127.0.0.1 localhost\n");
  assert.is(texts.rules, "0: local\n");
  assert.is(texts.hosts, "127.0.0.1 localhost\n");
  assert.is(texts.links, "");
});

test("a shared section can be narrowed to one lab", async () => {
  const stdout = "== section files\n/x/abc123/a\n/x/other/a\n";
  const said = { exitCode: 0, stderr: "", stdout };
  assert.equal((await snapshotHost({ run: async () => said, only: { files: /abc123/ } })).files, ["/x/abc123/a"]);
});

test.run();
