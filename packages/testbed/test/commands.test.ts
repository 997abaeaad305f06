import { enterHost, enterNetwork } from "../src/enter.js";
import { firewalls } from "../src/firewall.js";
import { holderCommand } from "../src/holder.js";
import { dhcpServer, internetLinks } from "../src/lan-members.js";
import { seedLan } from "../src/lans.js";
import { nextName, worldName } from "../src/names.js";
import { hostCable, hostLinks, routerLinks } from "../src/network.js";
import { parseArrivals } from "../src/router.js";
import { parsePacket, vifRoutes } from "../src/vif.js";
import { suite } from "uvu";
import * as assert from "uvu/assert";

const test = suite("testbed commands");

test("a command in the host enters all namespaces, then its folder", () => {
  const [command, args] = enterHost(42, "npm", ["run", "lab:up"], "/work");
  assert.is(command, "nsenter");
  assert.equal(args.slice(0, 6), ["--target", "42", "--net", "--mount", "--pid", "--cgroup"]);
  assert.equal(args.slice(-4), ["/work", "npm", "run", "lab:up"]);
  assert.equal(enterNetwork(42, "ip", ["link"])[1], ["--target", "42", "--net", "ip", "link"]);
});

test("a holder dies with the test", () => {
  const [command, args] = holderCommand({ namespaces: ["--net"], inside: "exec sleep 9" });
  assert.equal([command, ...args.slice(0, 2)], ["setpriv", "--pdeathsig", "KILL"]);
  assert.match(args.join(" "), /--net sh -c set -eu\nread -r outer rest <\/proc\/self\/stat\nexec sleep 9/);
});

test("names carry the process that made them", () => {
  assert.is(worldName.exec(nextName(4711))?.[1], "4711");
  assert.is(worldName.exec("lxc.payload.multi"), null);
});

test("a silent router swallows what it has no route for", () => {
  assert.match(routerLinks("silent"), "route add blackhole default");
  assert.not.match(routerLinks("answers"), "blackhole");
  assert.match(hostCable(7), "peer name lan0 address 02:00:00:00:77:10 netns 7");
  assert.match(hostLinks(), "route replace default via 192.168.77.1 dev lan0");
});

test("a host with a bridge has its address there, and the uplink is its port", () => {
  const links = hostLinks(seedLan, true).split("\n");
  assert.ok(links.includes("link set lan0 master br0"));
  assert.ok(links.includes("address add 192.168.1.17/24 dev br0"));
  assert.is(links.at(-1), "route replace default via 192.168.1.1 dev br0");
});

test("what is behind the router answers from the address that was asked", () => {
  assert.match(internetLinks(seedLan, "8.8.8.8"), "route add 192.168.1.0/24 via 198.51.100.1 src 8.8.8.8");
  const [command, args] = dhcpServer(seedLan, seedLan.pool);
  assert.is(command, "dnsmasq");
  assert.ok(args.includes("--dhcp-range=192.168.1.150,192.168.1.199,1h"));
});

test("arrivals are read from the router's counters; at first there are none", () => {
  const elem = {
    val: { concat: ["02:00:00:00:00:01", "192.168.1.110", "8.8.8.8"] },
    counter: { packets: 3, bytes: 9 },
  };
  const set = (more: object) =>
    JSON.stringify({ nftables: [{ metainfo: {} }, { set: { name: "arrivals", ...more } }] });
  assert.equal(parseArrivals(set({ elem: [{ elem }] })), [
    { mac: "02:00:00:00:00:01", source: "192.168.1.110", destination: "8.8.8.8", packets: 3 },
  ]);
  assert.equal(parseArrivals(set({})), []);
});

test("each FORWARD policy is loaded by its own program", () => {
  assert.is(firewalls.accept, undefined);
  assert.is(firewalls["iptables-drop"]?.command, "iptables-restore");
  assert.match(firewalls.docker?.input ?? "", ":FORWARD DROP\n:OUTPUT ACCEPT\n:DOCKER-USER -\n");
  assert.match(firewalls["nft-drop"]?.input ?? "", "policy drop");
});

test("a VIF routes what it maps and reads what its reader says", () => {
  assert.is(
    vifRoutes("tel0", ["10.42.0.0/16", "10.43.0.0/16"]),
    "link set tel0 addrgenmode none up\nroute add 10.42.0.0/16 dev tel0\nroute add 10.43.0.0/16 dev tel0",
  );
  const packet = { source: "10.0.0.1", destination: "10.43.0.7", protocol: 6, port: 80 };
  assert.equal(parsePacket("10.0.0.1 10.43.0.7 6 80"), packet);
  assert.is(parsePacket("vif tel0"), undefined);
});

test.run();
