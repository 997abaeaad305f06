// A machine with OpenRC, ifupdown and busybox's udhcpc, of Debian's packages: Alpine itself is not among what package
// registries have. Vagrant takes it for Alpine.
import { rootOnly } from "@k3s-lab/testbed";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import {
  bootOf,
  inOrder,
  lanLink,
  network,
  renewLease,
  timed,
  until,
  virtualLab,
  type VirtualLab,
  wantedNetwork,
} from "./virtual-lab.js";

const test = suite("a machine with OpenRC");
const realTest = rootOnly("a machine with OpenRC", test);
const step = inOrder(realTest);

let lab: VirtualLab;
let link: string;

const service = "k3s-lab-network";

step("begin: boxes, a host, libvirt", async () => {
  lab = await timed("box, host and libvirt", () =>
    virtualLab("openrc", [{ name: "multi", role: "server", address: "192.168.1.110" }]),
  );
});

step("it comes up with the LAN's router as its one default route", async () => {
  await timed("machine", () => lab.stage("machines"));
  const [machine] = lab.machines();
  assert.ok(machine);
  link = await lanLink(lab, machine);
  assert.is(await network(lab, "multi"), wantedNetwork(link));
  assert.is(await lab.inside("multi", "ping -q -c 1 -W 10 8.8.8.8 >/dev/null && echo answered"), "answered");
});

step("its service runs, supervised, at every boot, and is started again when it is killed", async () => {
  assert.match(await lab.inside("multi", "rc-update show default"), service);
  const pid = "cat /run/supervise-*; pidof -x k3s-lab-network";
  await lab.inside("multi", `rc-service -q ${service} status`);
  const before = await lab.inside("multi", pid);
  await lab.inside("multi", "kill -KILL $(pgrep -of 'k3s-lab-network watch')");
  await lab.inside(
    "multi",
    `ip -4 route replace default via 192.168.121.1 dev eth0; echo nameserver 127.0.0.53 >/etc/resolv.conf`,
  );
  await until("the network is right again", isStill);
  assert.is.not(await lab.inside("multi", pid), before);
});

step("a DHCP renewal by udhcpc changes nothing", async () => {
  await renewLease(lab, "multi", "kill -USR1 $(cat /run/udhcpc.$nat.pid)");
  await until("the network is as it was", isStill);
});

step("a reboot from inside changes nothing", async () => {
  const before = await bootOf(lab, "multi");
  await lab.lab.npm("lab:exec", ["multi", "reboot"], { timeout: 120_000 });
  await timed("reboot", () => isBack(before));
});

step("vagrant reload changes nothing", async () => {
  const before = await bootOf(lab, "multi");
  await timed("vagrant reload", () => lab.vagrant("reload", "multi"));
  await isBack(before);
});

step("lab:down leaves no machine", async () => {
  await lab.lab.npmOk("lab:down");
  const { stdout } = await lab.world.host.run("virsh", ["--connect", "qemu:///system", "list", "--all", "--name"]);
  assert.is(stdout.trim(), "");
});

async function isStill(): Promise<boolean> {
  return (await network(lab, "multi")) === wantedNetwork(link);
}

async function isBack(before: string): Promise<void> {
  await until("multi has booted", async () => (await bootOf(lab, "multi")) !== before);
  await until("the network is as it was", isStill);
  await lab.inside("multi", `rc-service -q ${service} status`);
}

test.after(async () => {
  await lab?.[Symbol.asyncDispose]();
});

test.run();
