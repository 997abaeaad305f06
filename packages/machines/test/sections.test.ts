import { routeText } from "@k3s-lab/ip";
import { parseFiles, parseNetwork, parseWays, serviceManagerSection } from "../src/sections.js";
import { suite } from "uvu";
import * as assert from "uvu/assert";

const test = suite("machines sections of a question");

/** With the routes as text. */
function read(printed: string) {
  const { defaultRoutes, ...network } = parseNetwork(printed);
  return { ...network, defaultRoutes: defaultRoutes.map(routeText) };
}

const right = {
  link: "eth0",
  neighbours: ["10.76.0.1"],
  addresses: ["10.76.0.11/24"],
  defaultRoutes: ["default via 10.76.0.1 dev eth0"],
  resolvers: ["192.0.2.53"],
};

test("reads the network as iproute2 6.1 prints it", () => {
  const printed = `link eth0
[{"ifindex":2,"link_index":5,"ifname":"eth0","flags":["UP"],"addr_info":[{"family":"inet","local":"10.76.0.11","prefixlen":24,"scope":"global","label":"eth0"}]}]
[{"dst":"default","gateway":"10.76.0.1","dev":"eth0","flags":[]}]
[{"dst":"10.76.0.1","lladdr":"02:00:00:00:00:01","state":["STALE"]},{"dst":"10.76.0.9","state":["FAILED"]}]
resolver 192.0.2.53
`;
  assert.equal(read(printed), right);
});

test("reads the network of a machine in which everything is missing", () => {
  const nothing = { link: undefined, neighbours: [], addresses: [], defaultRoutes: [], resolvers: [] };
  assert.equal(read("[]"), nothing);
  assert.equal(read(""), nothing);
});

test("reads the network as busybox prints it", () => {
  const printed = `link eth1
3: eth1    inet 10.76.0.11/24 scope global eth1\\       valid_lft forever preferred_lft forever
default via 10.76.0.1 dev eth1  metric 202
10.76.0.1 lladdr 02:00:00:00:00:01 ref 1 used 0/0/0 probes 1 REACHABLE
10.76.0.9  used 0/0/0 probes 6 FAILED
resolver 192.0.2.53
`;
  assert.equal(read(printed), { ...right, link: "eth1", defaultRoutes: ["default via 10.76.0.1 dev eth1 metric 202"] });
});

test("reads routes without a gateway, and more than one", () => {
  const routes = '[{"dst":"default","gateway":"10.76.0.1","dev":"eth0"},{"dst":"default","dev":"tun0","metric":5}]';
  assert.equal(read(routes).defaultRoutes, ["default via 10.76.0.1 dev eth0", "default dev tun0 metric 5"]);
});

test("reads files with the sum, the mode and the time of each", () => {
  const sha256 = "0123456789abcdef".repeat(4);
  assert.equal(
    parseFiles(`${sha256}  /etc/a file\n${sha256} */etc/b\n644 1700000000 /etc/a file\n`),
    new Map([
      ["/etc/a file", { sha256, mode: "644", changedAt: 1_700_000_000 }],
      ["/etc/b", { sha256, mode: undefined, changedAt: undefined }],
    ]),
  );
});

test("reads all routes, as iproute2 and as busybox print them, and the resolvers", () => {
  const ways = {
    routes: [
      "default via 10.76.0.1 dev eth0",
      "unreachable 10.42.0.0/16 dev lo metric 9",
      "10.76.0.0/24 dev eth0 scope link",
    ],
    resolvers: ["192.0.2.53", "192.0.2.54"],
  };
  const resolvers = "resolver 192.0.2.53\nresolver 192.0.2.54\n";
  const json =
    '[{"dst":"default","gateway":"10.76.0.1","dev":"eth0","flags":[]},{"type":"unreachable","dst":"10.42.0.0/16","dev":"lo","metric":9,"flags":[]},{"dst":"10.76.0.0/24","dev":"eth0","scope":"link","flags":[]}]\n';
  const text =
    "default via 10.76.0.1 dev eth0 \nunreachable 10.42.0.0/16 dev lo  metric 9 \n10.76.0.0/24 dev eth0 scope link \n";
  const readWays = (printed: string) => {
    const { routes, ...rest } = parseWays(`${printed}\n${resolvers}`);
    return { routes: routes.map(routeText), ...rest };
  };
  assert.equal(readWays(json), ways);
  // Of busybox' text, only what leads somewhere.
  assert.equal(readWays(text), { ...ways, routes: [ways.routes[0], ways.routes[2]] });
  assert.equal(parseWays(""), { routes: [], resolvers: [] });
});

test("tells the service manager by what it keeps while it runs", () => {
  assert.is(serviceManagerSection.parse("/run/openrc\n"), "openrc");
  assert.is(serviceManagerSection.parse("/run/systemd/system\n"), "systemd");
  assert.is(serviceManagerSection.parse(""), undefined);
});

test.run();
