import { parseCidr } from "@k3s-lab/ip";
import { readFileSync } from "node:fs";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { readNodeGuard } from "../../src/index.js";

const test = suite("guard node-guard read");
const options = { serviceCidr: parseCidr("10.43.0.0/16"), podCidr: parseCidr("10.42.0.0/16") };
/** What the look printed on Debian 12, with other parts of a look around it. */
const recorded = (tool: string) => readFileSync(new URL(`../fixtures/seen-${tool}.txt`, import.meta.url), "utf8");
const read = (text: string) => readNodeGuard(text, options);

test("a whole guard, with what it has rejected", () => {
  for (const tool of ["nftables", "iptables"]) {
    assert.equal(read(recorded(tool)), {
      by: tool,
      faults: [],
      rejected: {
        services: { tcpReset: 3, hostUnreachable: 3, dropped: 0 },
        pods: { tcpReset: 2, hostUnreachable: 2, dropped: 0 },
      },
    });
  }
});

test("nothing printed is no guard", () => {
  const { by, faults } = read("service ActiveState=active\n");
  assert.is(by, "nothing");
  assert.equal(faults, [
    "the guard has no rules",
    "no last route for 10.42.0.0/16",
    "the guard does not start at boot",
    "nothing watches over the guard",
  ]);
});

test("a guard for another cluster is none", () => {
  for (const tool of ["nftables", "iptables"]) {
    assert.match(
      readNodeGuard(recorded(tool), { ...options, serviceCidr: parseCidr("10.96.0.0/12") }).faults[0] ?? "",
      "not whole",
    );
  }
});

test("nftables: another priority, a rule more, a rule less are no guard", () => {
  const text = recorded("nftables");
  const changes: readonly [string | RegExp, string][] = [
    ['"prio": -10', '"prio": 0'],
    ['"goto": {"target": "services"}', '"accept": null'],
    [/, \{"rule": (?!.*"rule": ).*\}(?=\]\})/, ""],
    ['"right": "local"', '"right": "unicast"'],
  ];
  for (const [from, to] of changes) {
    const changed = text.replace(from, to);
    assert.is.not(changed, text, String(from));
    assert.equal(read(changed).faults, ["the guard's nftables rules are not whole"], String(from));
  }
});

test("iptables: another order, a rule less, somebody before it are seen", () => {
  const lines = recorded("iptables").split("\n");
  const first = lines.findIndex((line) => line.endsWith("-A FORWARD -j LAB-GUARD"));
  const before = lines.toSpliced(first, 0, "guard iptables [0:0] -A FORWARD -j ACCEPT");
  assert.equal(read(before.join("\n")).faults, ["the guard is not first in FORWARD of iptables' table filter"]);
  const drop = lines.findIndex((line) => line.endsWith("-A LAB-GUARD-SERVICES -m conntrack --ctstate INVALID -j DROP"));
  const [invalid = "", reset = ""] = lines.slice(drop);
  const notWhole = ["the guard's rules in iptables' table filter are not whole"];
  assert.equal(read(lines.toSpliced(drop, 2, reset, invalid).join("\n")).faults, notWhole);
  assert.equal(read(lines.toSpliced(drop, 1).join("\n")).faults, notWhole);
});

test("iptables: a kernel without a security table has the guard all the same", () => {
  const text = recorded("iptables");
  assert.equal(read(text.slice(0, text.indexOf("guard iptables *security"))).faults.length, 3);
  const [filter = "", rest = ""] = text.split("guard iptables *security");
  assert.equal(read(filter + rest.slice(rest.indexOf("guard route"))).faults, []);
});

test.run();
