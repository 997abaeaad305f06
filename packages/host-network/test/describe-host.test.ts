import { describeHost, surveyHost } from "../src/index.js";
import { desktop, laptop } from "./fixtures/hosts.js";
import { suite } from "uvu";
import * as assert from "uvu/assert";

const test = suite("host-network describe");

test("shows first what matters: the uplink and why, its router, the resolvers for nodes", () => {
  assert.equal(describeHost(desktop).slice(0, 6), [
    "uplink      eth0 (wired): has the only default route",
    "gateway     192.168.1.1",
    "network     192.168.1.0/24",
    "default     eth0 via 192.168.1.1, metric 0",
    "bridged     eth0 takes nodes as macvlans",
    "nameserver  192.168.1.1",
  ]);
});

test("shows VPNs, members of a bond, what is down, and nameservers that nodes cannot use", () => {
  const lines = describeHost(laptop);
  for (const line of [
    "default     wg0, metric 50: is a VPN or VIF (wireguard)",
    "nameserver  100.100.100.100: is reached by tailscale0 (tun) only",
    "nameserver  192.168.1.17: is the host itself",
    "link        enx0050b6 (wired): up, nothing plugged in, part of bond0",
    "link        tailscale0 (tun, VPN or VIF): up, 100.101.102.103/32",
    "link        wlp5s0 (wifi): up, 192.168.1.18/24",
    "link        tel0 (wired): down",
    "route       10.0.0.0/8 by tailscale0, table 52",
    "rule        32765: mark 0xca6c/0xffffffff (narrowed) table 51820",
  ]) {
    assert.ok(lines.includes(line), `${line}\n  is not in\n${lines.join("\n")}`);
  }
});

test("shows where there is no uplink, no resolver or no program to look with", () => {
  const bare = describeHost({ ...desktop, routes: [], nameservers: ["192.168.1.17"], lacks: ["nft"] });
  assert.equal(bare.slice(0, 2), [
    "missing     nft: less is seen than there is",
    "uplink      none: there is no default route",
  ]);
  assert.ok(bare.some((line) => line.startsWith("nameserver  none that a node can use")));
});

test("the survey is what was seen with what it means", () => {
  const survey = surveyHost(laptop);
  assert.equal(survey.vifs, ["wg0", "tailscale0"]);
  assert.is(survey.uplink?.name, "bond0");
  assert.equal(survey.links, laptop.links);
  assert.not.throws(() => JSON.parse(JSON.stringify(survey)) as unknown);
});

test.run();
