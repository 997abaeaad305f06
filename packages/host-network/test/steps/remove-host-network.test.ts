import { LabState } from "@k3s-lab/lab";
import { linkRemoval, planRemoval } from "../../src/steps/remove-host-network.js";
import { desktop, laptop } from "../fixtures/hosts.js";
import { bridge, lab, made, table } from "../fixtures/networks.js";
import { forwardChain, accept, from, rule, rulesetOf, table as nftTable, to } from "../fixtures/rulesets.js";
import { suite } from "uvu";
import * as assert from "uvu/assert";

const test = suite("host-network remove");
const of = { id: lab, state: new LabState("/nowhere/.lab") };
const nothing = {
  host: desktop,
  ruleset: rulesetOf(),
  legacy: [],
  iptables: [],
  zoned: false,
  holdsSysctls: false,
  networkd: [],
  recorded: false,
};

test("nothing is planned where nothing of the lab is left", () => {
  assert.equal(planRemoval(of, nothing), []);
  const others = rulesetOf(
    nftTable("inet", "k3s_lab_ffffff_guard"),
    forwardChain("inet", "filter", "forward", "drop"),
    rule("inet", "filter", "forward", from("k3slab-ffffff"), to("eth0"), accept),
  );
  assert.equal(planRemoval(of, { ...nothing, host: laptop, ruleset: others }), []);
});

test("everything is found by the lab's id, and the guard goes when the bridge is gone", () => {
  const ruleset = rulesetOf(
    nftTable("inet", "k3s_lab_a1b2c3_guard"),
    nftTable("ip", "k3s_lab_a1b2c3_nat"),
    forwardChain("inet", "filter", "forward", "drop"),
    rule("inet", "filter", "forward", from(bridge), to("eth0"), accept),
  );
  const seen = {
    ...nothing,
    host: made,
    ruleset,
    zoned: true,
    holdsSysctls: true,
    networkd: ["/etc/systemd/networkd.conf.d/k3s-lab-a1b2c3.conf"],
    recorded: true,
  };
  assert.equal(
    planRemoval(of, seen).map(({ sentence }) => sentence),
    [
      `host: remove bridge ${bridge} and its routes`,
      "host: remove the lab's accepts",
      `host: take ${bridge} out of firewalld's zone`,
      "host: remove the address translation",
      "host: remove the guard",
      `host: remove /etc/systemd/networkd.conf.d/k3s-lab-${lab}.conf`,
      "host: put back what the lab holds of sysctls",
      "host: forget the lab's network",
    ],
  );
});

test("only the lab's own link, rules and table are named", () => {
  assert.equal(linkRemoval(lab, made), [
    `link delete dev ${bridge}`,
    `rule delete priority 1075 iif ${bridge} fwmark 0x4b000000/0xff000000 lookup main`,
    `rule delete priority 1076 iif ${bridge} lookup ${table}`,
    `rule delete priority 1077 to 10.76.0.0/24 lookup ${table}`,
    `route flush table ${table}`,
  ]);
  assert.equal(linkRemoval("ffffff", made), []);
});

test.run();
