import { suite } from "uvu";
import * as assert from "uvu/assert";
import { withLink } from "../../host-network/test/fixtures/hosts.js";
import {
  driverChoices,
  driverObstacles,
  interfaceChoices,
  interfaceOffers,
  modeChoices,
  type SetupFacts,
  usualAnswers,
  withDriver,
  withMode,
} from "../src/index.js";
import { defaults, drivers, facts } from "./sample.js";

const test = suite("setup choices");
const values = (choices: readonly { readonly value: string }[]) => choices.map(({ value }) => value);

test("drivers that work are offered, auto by the name of what it comes to, and first", () => {
  const both: SetupFacts = { ...facts, drivers: drivers("lxc", "docker"), auto: "docker" };
  assert.equal(values(driverChoices(both)), ["auto", "lxc"]);
  assert.is(driverChoices(both)[0]?.label, "Containers of Docker");
  assert.equal(values(driverChoices(both, "docker")), ["docker", "lxc"], "chosen by its name");
  assert.equal(driverObstacles(both).length, 2);
});

test("what lab.yaml has stays on offer where it does not work, and all do where nothing works", () => {
  assert.equal(values(driverChoices(facts, "libvirt")), ["auto", "libvirt"]);
  assert.match(driverChoices(facts, "libvirt")[1]?.hint ?? "", /^not here: no libvirt here$/);
  assert.equal(values(driverChoices({ ...facts, drivers: drivers() })), ["auto", "docker", "virtualbox", "libvirt"]);
});

test("a driver has the modes that it can do", () => {
  assert.equal(values(modeChoices("lxc", facts)), ["private", "bridged"]);
  assert.equal(values(modeChoices("docker", facts)), ["private"]);
  assert.equal(values(modeChoices("virtualbox", facts)), ["bridged"]);
  assert.is(withDriver(defaults, "virtualbox", facts).mode, "bridged");
  assert.is(withDriver({ ...defaults, mode: "bridged" }, "docker", facts).mode, "private");
});

test("each interface has its reason, and what cannot be taken cannot be chosen", () => {
  const host = withLink(withLink(facts.host, { name: "tun0", kind: "tun" }), { name: "wlan0", kind: "wifi" });
  const uplinks = interfaceChoices(interfaceOffers("private", "lxc", { ...facts, host }));
  assert.equal(
    uplinks.map(({ value, fits, hint }) => [value, fits, hint]),
    [
      ["auto", true, "has the only default route"],
      ["eth0", true, "wired; has the default route by 192.168.1.1, metric 0"],
      ["wlan0", true, "wifi; has no default route"],
      ["tun0", false, "tun; is a VPN or VIF (tun)"],
    ],
  );
  const lan = interfaceChoices(interfaceOffers("bridged", "lxc", { ...facts, host }));
  assert.equal(values(lan.filter(({ fits }) => fits)), ["auto", "eth0"]);
  assert.match(lan.find(({ value }) => value === "wlan0")?.hint ?? "", /is Wi-Fi: an access point takes one MAC/);
});

test("an interface that is gone stays what lab.yaml has", () => {
  assert.equal(values(interfaceChoices(interfaceOffers("private", "lxc", facts), "eth9")), ["auto", "eth9", "eth0"]);
});

test("a lab that is new goes by what works, and by the host's memory", () => {
  assert.equal(usualAnswers(defaults, facts), defaults);
  const small = usualAnswers(defaults, { ...facts, memory: 4096 });
  assert.equal(
    small.nodes.map(({ name }) => name),
    ["multi", "agent1"],
  );
  assert.is(usualAnswers(defaults, { ...facts, memory: 1000 }).nodes.length, 1);
  assert.is(usualAnswers(defaults, { ...facts, drivers: drivers("docker") }).driver, "docker");
  assert.is(usualAnswers(defaults, { ...facts, drivers: drivers() }).driver, "auto");
  const vms = usualAnswers(defaults, { ...facts, drivers: drivers("virtualbox"), memory: 9000 });
  assert.equal([vms.driver, vms.mode, vms.memory, vms.nodes.length], ["virtualbox", "bridged", 2048, 3]);
});

test("another mode has neither the addresses nor the networks of the former", () => {
  const nodes = [{ name: "multi", role: "server", address: "10.0.0.9" }] as const;
  const answers = { ...defaults, nodes, subnet: "10.0.0.0/24", uplink: "eth0" };
  assert.is(withMode(answers, "private"), answers);
  assert.equal(withMode(answers, "bridged"), {
    ...defaults,
    mode: "bridged",
    nodes: [{ name: "multi", role: "server" }],
  });
});

test.run();
