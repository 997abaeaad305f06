import { parseCidr } from "@k3s-lab/ip";
import { acceptsOf, planAccepts, withoutDockers } from "../../src/firewall/accepts.js";
import { iptablesInput, nftInput, removalInput } from "../../src/firewall/change-accepts.js";
import { placesThatDrop } from "../../src/firewall/dropping-chains.js";
import { wantedAccepts } from "../../src/firewall/wanted-accepts.js";
import * as nft from "../fixtures/rulesets.js";
import { suite } from "uvu";
import * as assert from "uvu/assert";

const test = suite("host-network accepts");
const { forwardChain, chain, rule, rulesetOf, from, to } = nft;

const lab = "a1b2c3";
const bridge = `k3slab-${lab}`;
const uplink = { name: "eth0", networks: [] };
const wanted = wantedAccepts({
  lan: { kind: "private", bridge, subnet: parseCidr("10.76.0.0/24") },
  uplink,
  routes: [],
  addresses: {},
});

/** The lab's accepts as they stand in a chain; iptables writes them otherwise than nft. */
const ours = (family: string, table: string, name: string, by: "iptables" | "nft" = "nft", out = "eth0") => {
  const extra = by === "iptables" ? [nft.xtComment] : [];
  const only = (state: Record<string, unknown>) => (by === "nft" ? state : nft.conntrack);
  return [
    rule(family, table, name, from(bridge), to(bridge), ...extra, nft.accept),
    rule(family, table, name, from(bridge), to(out), ...extra, nft.accept),
    rule(family, table, name, from(bridge), only(nft.redirected), ...extra, nft.accept),
    rule(family, table, name, to(bridge), only(nft.established), ...extra, nft.accept),
  ];
};
const native = forwardChain("inet", "filter", "forward", "drop");
const iptables = forwardChain("ip", "filter", "FORWARD", "drop");
const place = { family: "inet", table: "filter", chain: "forward", iptables: false };
const iptablesPlace = { family: "ip", table: "filter", chain: "FORWARD", iptables: true };

test("wants nodes among each other, nodes to the ways out and to published ports, and only replies back", () => {
  assert.equal(wanted, [
    { from: bridge, to: bridge },
    { from: bridge, to: "eth0" },
    { from: bridge, only: "redirected" },
    { to: bridge, only: "replies" },
  ]);
  const route = { interface: "eth1", to: parseCidr("10.20.0.0/16") };
  const lan = { kind: "private" as const, bridge, subnet: parseCidr("10.76.0.0/24") };
  const further = wantedAccepts({ lan, uplink: null, routes: [route, route], addresses: {} });
  assert.equal(further[1], { from: bridge, to: "eth1" });
  assert.is(further.length, 4);
});

test("what Docker accepts for its network on the lab's bridge is Docker's, and is left alone", () => {
  // As Docker 20.10 and 28 write them, in chains of their own and in FORWARD.
  const dockers = [
    rule("ip", "filter", "FORWARD", to(bridge), nft.conntrack, nft.xtComment, nft.accept),
    rule("ip", "filter", "FORWARD", from(bridge), to(bridge), nft.accept),
    rule("ip", "filter", "DOCKER", to(bridge), nft.accept),
    rule("ip", "filter", "DOCKER-FORWARD", from(bridge), nft.accept),
  ];
  const chains = [iptables, chain("ip", "filter", "DOCKER-USER")];
  const jump = rule("ip", "filter", "FORWARD", { jump: { target: "DOCKER-USER" } });
  const seen = rulesetOf(...chains, jump, ...ours("ip", "filter", "DOCKER-USER", "iptables"), ...dockers);
  assert.is(planAccepts(lab, wanted, seen).remove.length, dockers.length, "a lab of another driver has put them there");
  assert.equal(planAccepts(lab, wanted, withoutDockers(seen)), { open: [], remove: [] });
  const alone = rulesetOf(iptables, ...ours("ip", "filter", "FORWARD", "iptables"));
  assert.equal(withoutDockers(alone).rules, alone.rules, "where Docker has no chains, FORWARD is the lab's place");
});

test("on a bridge of the host: what a node sends or is sent, known again by the comment", () => {
  const shared = { kind: "bridge" as const, bridge: "br0", subnet: parseCidr("192.168.1.0/24"), seed: "" };
  const one = wantedAccepts({ lan: shared, uplink, routes: [], addresses: { multi: "192.168.1.240" } });
  const inside = { from: "br0", to: "br0" };
  assert.equal(one, [
    { ...inside, source: "192.168.1.240" },
    { ...inside, destination: "192.168.1.240" },
  ]);
  const end = (field: string): Record<string, unknown> => ({
    match: { op: "==", left: { payload: { protocol: "ip", field } }, right: "192.168.1.240" },
  });
  const own = (field: string) => {
    const { rule: body } = rule("inet", "filter", "forward", from("br0"), to("br0"), end(field), nft.accept);
    return { rule: { ...body, comment: `k3s-lab ${lab}` } };
  };
  assert.equal(planAccepts(lab, one, rulesetOf(native, own("saddr"), own("daddr"))), { open: [], remove: [] });
  assert.equal(planAccepts(lab, one, rulesetOf(native, own("saddr"))).open, [place]);
  assert.is(planAccepts("ffffff", [], rulesetOf(native, own("saddr"))).remove.length, 0);
  assert.equal(
    nftInput(place, one, "c").split("\n")[1],
    'insert rule inet filter forward iifname "br0" oifname "br0" ip saddr 192.168.1.240 accept comment "c"',
  );
  assert.match(
    iptablesInput("FORWARD", one, "c"),
    '-I FORWARD 1 -s 192.168.1.240/32 -i br0 -o br0 -m comment --comment "c" -j ACCEPT',
  );
  const macvlan = {
    kind: "macvlan" as const,
    parent: "eth0",
    shim: "s",
    shimMac: "",
    hostAddress: "",
    subnet: parseCidr("192.168.1.0/24"),
    seed: "",
  };
  assert.equal(wantedAccepts({ lan: macvlan, uplink, routes: [], addresses: { multi: "192.168.1.240" } }), []);
});

test("a host that drops nothing needs none", () => {
  const harmless = rulesetOf(
    forwardChain("inet", "filter", "forward", "accept"),
    rule("inet", "filter", "forward", from("eth0"), nft.accept),
    // Of labs, and hooks that packets of a lab do not pass.
    forwardChain("inet", "k3s_lab_ffffff_guard", "forward", "accept"),
    rule("inet", "k3s_lab_ffffff_guard", "forward", nft.drop),
    {
      chain: { family: "inet", table: "filter", name: "input", type: "filter", hook: "input", prio: 0, policy: "drop" },
    },
    forwardChain("ip6", "filter", "FORWARD", "drop"),
  );
  assert.equal(planAccepts(lab, wanted, harmless), { open: [], remove: [] });
});

test("a policy that drops, a rule that drops, and one in a chain that is jumped to all count", () => {
  assert.equal(placesThatDrop(rulesetOf(native)), [place]);
  const byRule = [forwardChain("inet", "filter", "forward", "accept"), rule("inet", "filter", "forward", nft.drop)];
  assert.equal(placesThatDrop(rulesetOf(...byRule)), [place]);
  const nested = rulesetOf(
    forwardChain("ip", "filter", "FORWARD", "accept"),
    chain("ip", "filter", "ufw-reject-forward"),
    chain("ip", "filter", "loop"),
    rule("ip", "filter", "FORWARD", nft.jump("loop")),
    rule("ip", "filter", "loop", nft.jump("loop")),
    rule("ip", "filter", "FORWARD", nft.goto("ufw-reject-forward")),
    rule("ip", "filter", "ufw-reject-forward", nft.xtReject),
  );
  assert.equal(placesThatDrop(nested), [iptablesPlace]);
});

test("where Docker keeps a chain for others at the head, that is the place; elsewhere the head is", () => {
  const docker = [chain("ip", "filter", "DOCKER-USER"), rule("ip", "filter", "FORWARD", nft.jump("DOCKER-USER"))];
  assert.equal(placesThatDrop(rulesetOf(iptables, ...docker)), [{ ...iptablesPlace, chain: "DOCKER-USER" }]);
  const some = [docker[0]!, rule("ip", "filter", "FORWARD", from("eth0"), nft.jump("DOCKER-USER"))];
  assert.equal(placesThatDrop(rulesetOf(iptables, ...some)), [iptablesPlace]);
  const behind = rule("ip", "filter", "FORWARD", from("eth0"), nft.drop);
  assert.equal(placesThatDrop(rulesetOf(iptables, behind, ...docker)), [iptablesPlace]);
});

test("each chain that drops has an accept of its own", () => {
  assert.equal(planAccepts(lab, wanted, rulesetOf(native, iptables)).open, [place, iptablesPlace]);
});

test("accepts that exist are left alone, whichever program wrote them", () => {
  const standing = rulesetOf(native, ...ours("inet", "filter", "forward"), rule("inet", "filter", "forward", nft.drop));
  assert.equal(planAccepts(lab, wanted, standing), { open: [], remove: [] });
  const iptablesStanding = rulesetOf(iptables, ...ours("ip", "filter", "FORWARD", "iptables"));
  assert.equal(planAccepts(lab, wanted, iptablesStanding), { open: [], remove: [] });
});

test("accepts behind a drop, for another uplink or twice are replaced", () => {
  const late = rulesetOf(native, rule("inet", "filter", "forward", nft.drop), ...ours("inet", "filter", "forward"));
  const moved = rulesetOf(native, ...ours("inet", "filter", "forward", "nft", "wlan0"));
  const twice = rulesetOf(native, ...ours("inet", "filter", "forward"), ...ours("inet", "filter", "forward"));
  for (const [seen, count] of [
    [late, 4],
    [moved, 4],
    [twice, 8],
  ] as const) {
    const { open, remove } = planAccepts(lab, wanted, seen);
    assert.equal(open, [place]);
    assert.is(remove.length, count);
  }
});

test("a reply that is not limited to replies is not right", () => {
  const first = ours("inet", "filter", "forward").slice(0, 3);
  const wide = rule("inet", "filter", "forward", to(bridge), nft.accept);
  assert.equal(planAccepts(lab, wanted, rulesetOf(native, ...first, wide)).open, [place]);
});

test("accepts in a chain that drops no more are taken out; another lab's and other people's never", () => {
  const quiet = forwardChain("inet", "filter", "forward", "accept");
  const others = [
    rule("inet", "filter", "forward", from("k3slab-ffffff"), to("eth0"), nft.accept),
    rule("inet", "filter", "forward", from("eth0"), to("docker0"), nft.accept),
    rule("inet", "k3s_lab_a1b2c3_guard", "forward", from(bridge), nft.accept),
  ];
  const { open, remove } = planAccepts(lab, wanted, rulesetOf(quiet, ...others, ...ours("inet", "filter", "forward")));
  assert.equal(open, []);
  assert.equal(
    remove.map(({ handle }) => handle),
    [5, 6, 7, 8],
  );
  assert.equal(acceptsOf(lab, rulesetOf(quiet, ...others)), []);
});

test("iptables' tables are written by iptables, or it could not read them any more", () => {
  const input = iptablesInput("DOCKER-USER", wanted, "k3s-lab a1b2c3");
  assert.is(
    input,
    `*filter
-I DOCKER-USER 1 -i ${bridge} -o ${bridge} -m comment --comment "k3s-lab a1b2c3" -j ACCEPT
-I DOCKER-USER 2 -i ${bridge} -o eth0 -m comment --comment "k3s-lab a1b2c3" -j ACCEPT
-I DOCKER-USER 3 -i ${bridge} -m conntrack --ctstate DNAT -m comment --comment "k3s-lab a1b2c3" -j ACCEPT
-I DOCKER-USER 4 -o ${bridge} -m conntrack --ctstate RELATED,ESTABLISHED -m comment --comment "k3s-lab a1b2c3" -j ACCEPT
COMMIT
`,
  );
});

test("others are written by nft at their head, and all are removed by their handles", () => {
  const lines = nftInput(place, wanted, "k3s-lab a1b2c3").trim().split("\n");
  assert.equal(lines.length, 4);
  assert.is(
    lines.at(-1),
    `insert rule inet filter forward iifname "${bridge}" oifname "${bridge}" accept comment "k3s-lab a1b2c3"`,
  );
  assert.match(lines[0] ?? "", `oifname "${bridge}" ct state established,related accept`);
  assert.match(lines[1] ?? "", `iifname "${bridge}" ct status dnat accept`);
  const standing = acceptsOf(lab, rulesetOf(native, ...ours("inet", "filter", "forward")));
  assert.is(
    removalInput(standing),
    [2, 3, 4, 5].map((handle) => `delete rule inet filter forward handle ${handle}\n`).join(""),
  );
});

test.run();
