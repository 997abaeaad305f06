import { parseCidr } from "@k3s-lab/ip";
import { planLegacy } from "../../src/firewall/legacy.js";
import { wantedAccepts } from "../../src/firewall/wanted-accepts.js";
import { suite } from "uvu";
import * as assert from "uvu/assert";

const test = suite("host-network legacy iptables");
const bridge = "k3slab-a1b2c3";
const wanted = wantedAccepts({
  lan: { kind: "private", bridge, subnet: parseCidr("10.76.0.0/24") },
  uplink: { name: "eth0", networks: [] },
  routes: [],
  addresses: {},
});
const plan = (saved: string) => planLegacy("a1b2c3", wanted, saved.split("\n"));

const dropping = "*filter\n:INPUT ACCEPT [0:0]\n:FORWARD DROP [3:180]\n:OUTPUT ACCEPT [0:0]\n";
const standing = [
  `-A FORWARD -i ${bridge} -o ${bridge} -m comment --comment "k3s-lab a1b2c3" -j ACCEPT`,
  `-A FORWARD -i ${bridge} -o eth0 -m comment --comment "k3s-lab a1b2c3" -j ACCEPT`,
  `-A FORWARD -i ${bridge} -m conntrack --ctstate DNAT -m comment --comment "k3s-lab a1b2c3" -j ACCEPT`,
  `-A FORWARD -o ${bridge} -m conntrack --ctstate RELATED,ESTABLISHED -m comment --comment "k3s-lab a1b2c3" -j ACCEPT`,
];

test("nothing where it has no rules, or drops nothing that is forwarded", () => {
  assert.equal(plan(""), []);
  assert.equal(plan("*filter\n:INPUT DROP [0:0]\n:FORWARD ACCEPT [0:0]\n-A INPUT -j DROP\nCOMMIT\n"), []);
});

test("opens the head of FORWARD, or Docker's chain", () => {
  assert.equal(
    plan(`${dropping}COMMIT\n`),
    standing.map((line, index) => line.replace("-A FORWARD", `-I FORWARD ${index + 1}`)),
  );
  const docker = plan(`${dropping}:DOCKER-USER - [0:0]\n-A FORWARD -j DOCKER-USER\nCOMMIT\n`);
  assert.match(docker[0] ?? "", `-I DOCKER-USER 1 -i ${bridge}`);
  assert.is(
    plan("*filter\n:FORWARD ACCEPT [0:0]\n-A ufw-reject -j REJECT --reject-with icmp-port-unreachable\n").length,
    4,
  );
});

test("leaves what stands, replaces what is out of date, and removes only its own", () => {
  const own = `${dropping}${standing.join("\n")}\n`;
  assert.equal(plan(own), []);
  const moved = own.replaceAll("eth0", "wlan0");
  assert.equal(plan(moved).filter((line) => line.startsWith("-D FORWARD")).length, 4);
  const others = '-A FORWARD -i docker0 -j ACCEPT\n-A FORWARD -i x -m comment --comment "k3s-lab ffffff" -j ACCEPT\n';
  assert.equal(
    planLegacy("a1b2c3", [], `${own}${others}`.split("\n")),
    standing.map((line) => line.replace("-A", "-D")),
  );
});

test.run();
