import { decideHostNetwork, lanLink } from "../../src/index.js";
import { hostOf, type OtherSystem } from "../../src/probe/other-systems.js";
import { labOf } from "../fixtures/labs.js";
import { suite } from "uvu";
import * as assert from "uvu/assert";

const test = suite("host-network other systems");

const info = (cidr: string, internal = false) =>
  [
    { address: cidr.split("/")[0] ?? "", netmask: "", family: "IPv4", mac: "02:00:00:00:00:17", internal, cidr },
  ] as const;

const mac: OtherSystem = {
  interfaces: { lo0: info("127.0.0.1/8", true), en0: info("192.168.1.17/24"), utun3: info("10.8.0.2/24") },
  routes: `Routing tables

Internet:
Destination        Gateway            Flags               Netif Expire
default            192.168.1.1        UGScg                 en0
10.8/16            link#15            UCS                 utun3
127                127.0.0.1          UCS                   lo0
169.254            link#6             UCS                   en0      !
192.168.1          link#6             UCS                   en0      !
192.168.1.1/32     link#6             UCS                   en0      !
192.168.1.23       2:0:0:0:0:23       UHLWIi                en0   1180
224.0.0/4          link#6             UmCS                  en0      !
`,
  nameservers: ["192.168.1.1", "fe80::1%en0"],
};

const windows: OtherSystem = {
  interfaces: {
    "Loopback Pseudo-Interface 1": info("127.0.0.1/8", true),
    WLAN: info("192.168.1.17/24"),
    "vEthernet (WSL)": info("172.20.0.1/20"),
  },
  routes: [
    "IPv4-Routentabelle",
    "===========================================================================",
    "     Netzwerkziel    Netzwerkmaske          Gateway    Schnittstelle Metrik",
    "          0.0.0.0          0.0.0.0      192.168.1.1     192.168.1.17     35",
    "        127.0.0.0        255.0.0.0   Auf Verbindung         127.0.0.1    331",
    "      172.20.0.0    255.255.240.0   On-link        172.20.0.1    271",
    "      192.168.1.0    255.255.255.0   On-link      192.168.1.17    291",
    "     192.168.1.17  255.255.255.255   On-link      192.168.1.17    291",
  ].join("\r\n"),
  nameservers: ["192.168.1.1"],
};

test("macOS: the uplink, a VPN and their networks are read", () => {
  const { links, routes, nameservers } = hostOf(mac, "darwin");
  assert.equal(
    links.map(({ name, kind }) => [name, kind]),
    [
      ["lo0", "loopback"],
      ["en0", "wired"],
      ["utun3", "tun"],
    ],
  );
  assert.equal(
    routes.map(({ dst, gateway, dev }) => [dst, gateway, dev]),
    [
      ["default", "192.168.1.1", "en0"],
      ["10.8.0.0/16", undefined, "utun3"],
      ["192.168.1.0/24", undefined, "en0"],
    ],
  );
  assert.equal(nameservers, ["192.168.1.1"]);
});

test("Windows: routes are by the interface's address, in whatever language", () => {
  const { links, routes } = hostOf(windows, "win32");
  assert.equal(
    links.map(({ kind }) => kind),
    ["loopback", "wifi", "other"],
  );
  assert.equal(
    routes.map(({ dst, gateway, dev, metric }) => [dst, gateway, dev, metric]),
    [
      ["default", "192.168.1.1", "WLAN", 35],
      ["172.20.0.0/20", undefined, "vEthernet (WSL)", 271],
      ["192.168.1.0/24", undefined, "WLAN", 291],
    ],
  );
});

test("a lab of VirtualBox's machines finds its LAN there", async () => {
  const lab = await labOf("machines: { provider: vagrant }\nnetwork: { mode: bridged }\n");
  for (const [system, platform, bridge] of [
    [mac, "darwin", "en0"],
    [windows, "win32", "WLAN"],
  ] as const) {
    const { lan, gateway, resolvers } = decideHostNetwork(lab, hostOf(system, platform));
    assert.equal([lan.kind, String(lan.subnet), lanLink(lan)], ["virtualbox", "192.168.1.0/24", bridge]);
    assert.equal([gateway, resolvers], ["192.168.1.1", ["192.168.1.1"]]);
  }
});

test.run();
