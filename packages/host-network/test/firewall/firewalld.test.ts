import { isFirewalldRunning, isInZone, isKeptInZone, zoneCommands } from "../../src/firewall/firewalld.js";
import { placesThatDrop } from "../../src/firewall/dropping-chains.js";
import * as nft from "../fixtures/rulesets.js";
import { suite } from "uvu";
import * as assert from "uvu/assert";

const test = suite("host-network firewalld");
const bridge = "k3slab-a1b2c3";
const { rulesetOf, rule, from, goto } = nft;

/** The shape of firewalld's table (1.x, nftables), where the bridge is in a zone. */
const firewalld = (target: string) =>
  rulesetOf(
    nft.table("inet", "firewalld"),
    nft.forwardChain("inet", "firewalld", "filter_FORWARD", "accept"),
    nft.chain("inet", "firewalld", "filter_FORWARD_ZONES"),
    rule("inet", "firewalld", "filter_FORWARD", nft.jump("filter_FORWARD_ZONES")),
    rule("inet", "firewalld", "filter_FORWARD", { reject: { type: "icmpx", expr: "admin-prohibited" } }),
    rule("inet", "firewalld", "filter_FORWARD_ZONES", from(bridge), goto(target)),
    rule("inet", "firewalld", "filter_FORWARD_ZONES", goto("filter_FWD_public")),
  );

test("its table is left to it", () => {
  assert.is(isFirewalldRunning(firewalld("filter_FWD_trusted")), true);
  assert.is(isFirewalldRunning(rulesetOf(nft.table("inet", "filter"))), false);
  assert.equal(placesThatDrop(firewalld("filter_FWD_public")), []);
});

test("tells by its rules whether the bridge is in the zone that lets all pass", () => {
  assert.is(isInZone(bridge, firewalld("filter_FWD_trusted")), true);
  assert.is(isInZone(bridge, firewalld("filter_FWDI_trusted")), true);
  assert.is(isInZone(bridge, firewalld("filter_FWD_public")), false);
  assert.is(isInZone("k3slab-ffffff", firewalld("filter_FWD_trusted")), false);
});

test("changes the zone for now and for good, also while it does not run", () => {
  assert.equal(zoneCommands(bridge, "add", true), [
    ["firewall-cmd", "--permanent", "--zone=trusted", `--change-interface=${bridge}`],
    ["firewall-cmd", "--zone=trusted", `--change-interface=${bridge}`],
  ]);
  assert.equal(zoneCommands(bridge, "remove", false), [
    ["firewall-offline-cmd", "--zone=trusted", `--remove-interface=${bridge}`],
  ]);
  assert.is(isKeptInZone(bridge, `<zone target="ACCEPT">\n  <interface name="${bridge}"/>\n</zone>\n`), true);
  assert.is(isKeptInZone(bridge, `<zone target="ACCEPT">\n  <interface name="k3slab-ffffff"/>\n</zone>\n`), false);
});

test.run();
