import { parseCidr } from "@k3s-lab/ip";
import { heardOn, type Lan, lanLink } from "../src/index.js";
import { suite } from "uvu";
import * as assert from "uvu/assert";

const test = suite("host-network LAN");

const hosts = { subnet: parseCidr("192.168.1.0/24"), seed: "", hostAddress: "192.168.1.17" };
const lans: { readonly [Kind in Lan["kind"]]: readonly [Lan & { readonly kind: Kind }, link: string, heard: string] } =
  {
    private: [{ kind: "private", bridge: "k3slab-a1b2c3", subnet: hosts.subnet }, "k3slab-a1b2c3", "k3slab-a1b2c3"],
    bridge: [{ kind: "bridge", bridge: "br0", ...hosts }, "br0", "br0"],
    virtualbox: [{ kind: "virtualbox", interface: "wlp5s0", ...hosts }, "wlp5s0", "wlp5s0"],
    macvlan: [
      { kind: "macvlan", parent: "eth0", shim: "k3shim-a1b2c3", shimMac: "02:00:00:00:00:51", ...hosts },
      "eth0",
      "k3shim-a1b2c3",
    ],
  };

for (const [kind, [lan, link, heard]] of Object.entries(lans)) {
  test(`names the link of a ${kind} LAN, and the one on which its nodes are heard`, () => {
    assert.equal([lanLink(lan), heardOn(lan)], [link, heard]);
  });
}

test.run();
