import { parseCidr } from "@k3s-lab/ip";
import { readFileSync } from "node:fs";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { faultText, type GuardFault, readNodeGuard } from "../../src/index.js";

const test = suite("guard node-guard read");
const options = { serviceCidr: parseCidr("10.43.0.0/16"), podCidr: parseCidr("10.42.0.0/16") };
/** What the look printed on Debian 12, with other parts of a look around it. */
const recorded = (tool: string) => readFileSync(new URL(`../fixtures/seen-${tool}.txt`, import.meta.url), "utf8");
const read = (text: string) => readNodeGuard(text, options);

test("a whole guard, with what it has rejected", () => {
  for (const tool of ["nftables", "iptables"]) {
    assert.equal(read(recorded(tool)), {
      by: tool,
      guarding: true,
      faults: [],
      rejected: {
        services: { tcpReset: 3, hostUnreachable: 3, dropped: 0 },
        pods: { tcpReset: 2, hostUnreachable: 2, dropped: 0 },
      },
    });
  }
});

test("nothing printed is no guard", () => {
  const { by, guarding, faults } = read("service ActiveState=active\n");
  assert.equal([by, guarding], ["nothing", false]);
  assert.equal(faults, [
    { kind: "no-rules" },
    { kind: "no-route", podCidr: options.podCidr },
    { kind: "not-at-boot" },
    { kind: "unwatched" },
  ]);
});

test("a guard for another cluster is none", () => {
  for (const tool of ["nftables", "iptables"]) {
    const seen = readNodeGuard(recorded(tool), { ...options, serviceCidr: parseCidr("10.96.0.0/12") });
    assert.equal([seen.guarding, seen.faults[0]?.kind], [false, "rules-changed"]);
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
    const { guarding, faults } = read(changed);
    assert.equal([guarding, faults], [false, [{ kind: "rules-changed", table: "nftables" }]], String(from));
  }
});

test("iptables: another order, a rule less, a rule before it are seen", () => {
  const lines = recorded("iptables").split("\n");
  const first = lines.findIndex((line) => line.endsWith("-A FORWARD -j LAB-GUARD"));
  const before = lines.toSpliced(first, 0, "guard iptables [0:0] -A FORWARD -j ACCEPT");
  assert.equal(read(before.join("\n")).faults, [{ kind: "not-first", table: "filter", hook: "FORWARD" }]);
  const drop = lines.findIndex((line) => line.endsWith("-A LAB-GUARD-SERVICES -m conntrack --ctstate INVALID -j DROP"));
  const [invalid = "", reset = ""] = lines.slice(drop);
  const notWhole = [{ kind: "rules-changed", table: "filter" }];
  assert.equal(read(lines.toSpliced(drop, 2, reset, invalid).join("\n")).faults, notWhole);
  assert.equal(read(lines.toSpliced(drop, 1).join("\n")).faults, notWhole);
});

test("iptables: a kernel without a security table has the guard all the same", () => {
  const text = recorded("iptables");
  assert.equal(read(text.slice(0, text.indexOf("guard iptables *security"))).faults.length, 3);
  const [filter = "", rest = ""] = text.split("guard iptables *security");
  assert.equal(read(filter + rest.slice(rest.indexOf("guard route"))).faults, []);
});

test("iptables: what precedes the guard passes it by, unless the security table drops it", () => {
  const [filter = "", rest = ""] = recorded("iptables").split("guard iptables *security");
  const end = rest.slice(rest.indexOf("guard route"));
  const preceded = filter.replace(
    /^guard .*-A FORWARD -j LAB-GUARD$/m,
    "guard iptables [0:0] -A FORWARD -j ACCEPT\n$&",
  );
  assert.is.not(preceded, filter);
  const notFirst: GuardFault = { kind: "not-first", table: "filter", hook: "FORWARD" };
  const seen = (text: string) => [read(text).guarding, read(text).faults];
  assert.equal(seen(preceded + end), [false, [notFirst]]);
  assert.equal(seen(`${preceded}guard iptables *security${rest}`), [true, [notFirst]]);
});

test("without the last route pods of no node are not guarded; a guard that is lost later guards now", () => {
  for (const tool of ["nftables", "iptables"]) {
    const without = (start: string) => read(recorded(tool).replace(new RegExp(`^guard ${start}.*\\n`, "m"), ""));
    assert.equal(
      [without("route").guarding, without("route").faults],
      [false, [{ kind: "no-route", podCidr: options.podCidr }]],
    );
    assert.equal([without("enabled").guarding, without("enabled").faults], [true, [{ kind: "not-at-boot" }]]);
    assert.equal([without("watched").guarding, without("watched").faults], [true, [{ kind: "unwatched" }]]);
  }
});

test("each fault is worded in one place", () => {
  const faults: readonly GuardFault[] = [
    { kind: "no-rules" },
    { kind: "rules-changed", table: "nftables" },
    { kind: "rules-changed", table: "security" },
    { kind: "not-first", table: "filter", hook: "FORWARD" },
    { kind: "no-route", podCidr: options.podCidr },
    { kind: "not-at-boot" },
    { kind: "unwatched" },
  ];
  assert.equal(faults.map(faultText), [
    "the guard has no rules",
    "the guard's nftables rules are not whole",
    "the guard's rules in iptables' table security are not whole",
    "the guard is not first in FORWARD of iptables' table filter",
    "no last route for 10.42.0.0/16",
    "the guard does not start at boot",
    "nothing watches over the guard",
  ]);
});

test.run();
