// A whole lab in virtual machines with systemd: K3s, two nodes, the registry.
import { rootOnly } from "@k3s-lab/testbed";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { readyNodes } from "../drive-lab.js";
import {
  bootOf,
  inOrder,
  lanLink,
  network,
  renewLease,
  showNetwork,
  timed,
  until,
  virtualLab,
  type VirtualLab,
  wantedNetwork,
} from "./virtual-lab.js";

const test = suite("a lab in virtual machines");
const realTest = rootOnly("a lab in virtual machines", test);
const step = inOrder(realTest);

const nodes = [
  { name: "multi", role: "server", address: "192.168.1.110" },
  { name: "agent1", role: "agent", address: "192.168.1.111" },
] as const;
const names = nodes.map(({ name }) => name).toSorted();

let lab: VirtualLab;
/** What each machine calls its interface on the LAN. */
const links = new Map<string, string>();

step("begin: boxes, a host, libvirt", async () => {
  lab = await timed("box, host and libvirt", () => virtualLab("systemd", nodes));
});

step("the machines come up: the LAN's router is their one default route before there is a K3s", async () => {
  await timed("machines", () => lab.stage("machines"));
  for (const machine of lab.machines()) {
    const link = await lanLink(lab, machine);
    links.set(machine.name, link);
    assert.is(await network(lab, machine.name), wantedNetwork(link), machine.name);
    assert.is(await lab.inside(machine.name, "ls /usr/local/bin/k3s 2>/dev/null; true"), "");
    assert.match(await lab.inside(machine.name, `ip -4 -br address show dev ${link}`), `${machine.address}/24`);
  }
});

/** In each machine systemd writes down, each time, what K3s finds when it starts. */
const probe = `set -e
for unit in k3s k3s-agent; do
  mkdir -p /etc/systemd/system/$unit.service.d
  cat >/etc/systemd/system/$unit.service.d/probe.conf <<end
[Service]
ExecStartPre=/bin/sh /root/probe.sh
end
done
echo "${showNetwork.replaceAll("$", String.raw`\$`)}; show_network >/root/found-by-k3s" >/root/probe.sh
systemctl daemon-reload`;

step("lab:up: both nodes are Ready, and the registry is verified", async () => {
  for (const name of names) await lab.inside(name, probe);
  const said = await timed("lab:up", () => lab.lab.npmOk("lab:up", [], { timeout: 60 * 60_000 }));
  assert.match(said, "registry verified");
  assert.equal(await readyNodes(lab.lab), names);
  await foundByK3s();
});

step("what nodes send leaves by the router, from their own cards", async () => {
  const sent = async () => (await lab.world.router?.arrivals()) ?? [];
  const byHost = (arrivals: Awaited<ReturnType<typeof sent>>) =>
    arrivals.find(({ source, destination }) => destination === "8.8.8.8" && source === "192.168.1.17")?.packets;
  // lab:up has asked that resolver from the host itself.
  const before = byHost(await sent());
  for (const { name } of nodes) await lab.inside(name, "ping -q -c 3 -W 10 8.8.8.8");
  const arrivals = await sent();
  for (const { name, address, mac } of lab.machines()) {
    const mine = arrivals.filter(({ source }) => source === address);
    assert.equal([...new Set(mine.map((arrival) => arrival.mac))], [mac], name);
    const left = mine.find(({ destination }) => destination === "8.8.8.8")?.packets ?? 0;
    assert.ok(left >= 3, `${name}: ${left} packets to 8.8.8.8`);
  }
  // libvirt's NAT network would have led them through the host.
  assert.is(byHost(arrivals), before);
});

step("a DHCP renewal on the NAT interface changes nothing", async () => {
  for (const { name } of nodes) {
    await renewLease(lab, name, "networkctl renew $nat");
    await isStill(name);
  }
});

step("a reboot from inside: the same network before K3s starts, and nodes that are Ready", async () => {
  const boots = await begin();
  for (const name of names) await lab.lab.npm("lab:exec", [name, "systemctl", "reboot"], { timeout: 120_000 });
  await timed("reboot until Ready", () => areBack(boots));
});

step("vagrant reload: the same", async () => {
  const boots = await begin("agent1");
  await timed("vagrant reload", () => lab.vagrant("reload", "agent1"));
  await timed("reload until Ready", () => areBack(boots));
});

step("a LAN cable that is pulled and put in again leaves the route as it was", async () => {
  const virsh = async (...args: readonly string[]) =>
    (await lab.world.host.run("virsh", ["--connect", "qemu:///system", ...args])).stdout;
  const domain = (await virsh("list", "--name")).split("\n").find((name) => name.endsWith("-agent1")) ?? "";
  const mac = lab.machines().find(({ name }) => name === "agent1")?.mac ?? "";
  const link = links.get("agent1");
  await virsh("domif-setlink", domain, mac, "down");
  await until("agent1 has lost its link", async () => {
    return (await lab.inside("agent1", `cat /sys/class/net/${link}/carrier`)) === "0";
  });
  await virsh("domif-setlink", domain, mac, "up");
  await isStill("agent1");
});

step("lab:up finds the lab as it should be, its registry too", async () => {
  assert.match(
    await timed("lab:up again", () => lab.lab.npmOk("lab:up", [], { timeout: 60 * 60_000 })),
    "registry verified",
  );
});

step("lab:down leaves no machine", async () => {
  await timed("lab:down", () => lab.lab.npmOk("lab:down"));
  const { stdout } = await lab.world.host.run("virsh", ["--connect", "qemu:///system", "list", "--all", "--name"]);
  assert.is(stdout.trim(), "");
});

/** What K3s found when it was last started. */
async function foundByK3s(of: readonly string[] = names): Promise<void> {
  for (const name of of) {
    assert.is(await lab.inside(name, "cat /root/found-by-k3s"), wantedNetwork(links.get(name) ?? ""), name);
  }
}

async function isStill(name: string): Promise<void> {
  const wanted = wantedNetwork(links.get(name) ?? "");
  await until(`${name} has its one route and its resolver`, async () => (await network(lab, name)) === wanted);
}

/** Before a reboot: which boot each machine is in. What K3s found then is forgotten. */
async function begin(...of: readonly string[]): Promise<ReadonlyMap<string, string>> {
  const boots = new Map<string, string>();
  for (const name of of.length === 0 ? names : of) {
    boots.set(name, await bootOf(lab, name));
    await lab.inside(name, "rm /root/found-by-k3s");
  }
  return boots;
}

interface NodeList {
  readonly items: readonly {
    readonly metadata: { readonly name: string };
    readonly status: { readonly nodeInfo: { readonly bootID: string } };
  }[];
}

/** Kubernetes reports a node that has just gone down as Ready: it counts when the kubelet of the new boot has reported. */
async function areBack(boots: ReadonlyMap<string, string>): Promise<void> {
  const of = [...boots.keys()];
  const isNew = async (name: string) => (await bootOf(lab, name)) !== boots.get(name);
  for (const name of of) await until(`${name} has booted`, () => isNew(name));
  for (const name of of) await isStill(name);
  await until(`${of.join(", ")} Ready in the new boot`, async () => {
    const { items } = await lab.lab.kubectlJson<NodeList>("get", "nodes");
    const reported = of.every((name) => {
      const bootId = items.find(({ metadata }) => metadata.name === name)?.status.nodeInfo.bootID;
      return bootId !== undefined && bootId !== boots.get(name);
    });
    return reported && (await readyNodes(lab.lab)).join() === names.join();
  });
  await foundByK3s(of);
  const ask = 'fetch("http://multi:5000/v2/_catalog").then((answer) => answer.text()).then(console.log)';
  await until("the registry answers by its name", async () =>
    (await lab.world.host.run(process.execPath, ["-e", ask])).stdout.includes("repositories"),
  );
}

test.after(async () => {
  await lab?.[Symbol.asyncDispose]();
});

test.run();
