// A lab in virtual machines, on an emulated host: libvirt, its NAT network and every machine are that host's alone. The
// LAN is the seed's. Processors are emulated, so all deadlines here are for machines that are 30 times slower.
import { setTimeout as sleep } from "node:timers/promises";
import { join } from "node:path";
import type { RunOptions } from "@k3s-lab/exec";
import { emulateHost, ensureBox, seedLan, startLibvirt, vagrantHome, type World, eventually } from "@k3s-lab/testbed";
import { driveLab, type DrivenLab } from "../drive-lab.js";

export const minutes = 60_000;
/** Milliseconds. */
export const week = 7 * 24 * 60 * minutes;
const { routerAddress, internet } = seedLan;

export interface VirtualNode {
  readonly name: string;
  readonly role: "server" | "agent";
  readonly address: string;
}

interface Machine extends VirtualNode {
  readonly mac: string;
}

export interface VirtualLab extends AsyncDisposable {
  readonly world: World;
  readonly lab: DrivenLab;
  /** Runs a shell script as root in a machine; fails with the output unless the exit code is 0. */
  inside(node: string, script: string): Promise<string>;
  /** Runs Vagrant as a person does, in the lab's own folder. */
  vagrant(...args: readonly string[]): Promise<string>;
  /** Runs one stage and those before it. */
  stage(name: string): Promise<string>;
  machines(): readonly Machine[];
}

/** Nothing runs in it yet. */
export async function virtualLab(
  guest: Parameters<typeof ensureBox>[0],
  nodes: readonly VirtualNode[],
): Promise<VirtualLab> {
  // Inherited by whatever is run here, as in a shell.
  process.env.VAGRANT_HOME = vagrantHome();
  const box = await ensureBox(guest);
  const world = await emulateHost({ lan: "seed", bridge: true, lifetime: 170 * minutes });
  const parts: AsyncDisposable[] = [world];
  const end = async () => {
    for (const part of parts.toReversed()) await part[Symbol.asyncDispose]();
  };
  try {
    parts.push(await startLibvirt(world.host));
    const lab = await driveLab(world.host, labYaml(box, nodes));
    parts.push(lab);
    const config = join(lab.dir, "lab.yaml");
    const output = async (command: string, args: readonly string[], options: RunOptions) => {
      const all = { timeout: 60 * minutes, answers: "any", ...options } as const;
      const { exitCode, stdout, stderr } = await world.host.run(command, args, all);
      if (exitCode !== 0) throw new Error(`${command} ended with exit code ${exitCode}:\n${stdout}\n${stderr}`);
      return stdout;
    };
    return {
      world,
      lab,
      inside: async (node, script) =>
        (await lab.npmOk("lab:exec", [node, "sh", "-c", script], { timeout: 3 * minutes })).trim(),
      vagrant: (...args) => output("vagrant", args, { cwd: join(lab.dir, ".lab", "vagrant") }),
      stage: (name) =>
        output("npx", ["turbo", "run", "lab:up", "--filter", `@k3s-lab/${name}`], { env: { K3S_LAB_CONFIG: config } }),
      machines: () => lab.state<{ machines: readonly Machine[] }>("machines.json").machines,
      [Symbol.asyncDispose]: end,
    };
  } catch (error) {
    await end();
    throw error;
  }
}

function labYaml(box: string, nodes: readonly VirtualNode[]): string {
  // JSON is YAML.
  return JSON.stringify({
    nodes,
    machines: {
      provider: "vagrant",
      vagrant: { provider: "libvirt", box, cpus: 2, memory: 2048, emulate: true },
    },
    network: { mode: "bridged", nameservers: [internet] },
    cluster: { source: "modules" },
  });
}

/** A shell function that prints a guest's default routes and resolvers, each on a line of its own. */
export const showNetwork = "show_network() { ip -4 route show default | sed 's/ *$//'; cat /etc/resolv.conf; }";

/** What that function has to print, always. */
export function wantedNetwork(link: string): string {
  return `default via ${routerAddress} dev ${link}\nnameserver ${internet}`;
}

/** What the guest calls its interface on the LAN, by its card. */
export async function lanLink({ inside }: VirtualLab, { name, mac }: Machine): Promise<string> {
  return inside(name, `cd /sys/class/net; for link in *; do grep -qx ${mac} $link/address && echo $link; done; true`);
}

export async function network({ inside }: VirtualLab, node: string): Promise<string> {
  return inside(node, `${showNetwork}; show_network`);
}

export async function bootOf({ inside }: VirtualLab, node: string): Promise<string> {
  return inside(node, "cat /proc/sys/kernel/random/boot_id");
}

/** When the leases of libvirt's NAT network end, in seconds, by address. */
export async function leases({ world }: VirtualLab): Promise<ReadonlyMap<string, number>> {
  const { stdout } = await world.host.run("sh", ["-c", "cat /var/lib/libvirt/dnsmasq/*.status"]);
  const list = JSON.parse(stdout) as readonly { readonly "ip-address": string; readonly "expiry-time": number }[];
  return new Map(list.map((lease) => [lease["ip-address"], lease["expiry-time"]]));
}

/** Renews a guest's lease on the NAT interface by its own means, and waits until the DHCP server has seen it. */
export async function renewLease(lab: VirtualLab, node: string, renew: string): Promise<void> {
  const show = "ip -4 -o address show to 192.168.121.0/24 | sed 's/^[0-9]*: \\([^ ]*\\) *inet \\([^/]*\\).*/\\1 \\2/'";
  const [nat = "", address = ""] = (await lab.inside(node, show)).split(" ");
  const before = (await leases(lab)).get(address);
  if (before === undefined) throw new Error(`${node}: no lease of ${address}`);
  // The end of a lease has whole seconds.
  await sleep(1100);
  await lab.inside(node, `nat=${nat}; ${renew}`);
  await until(`${node}: the lease of ${address} on ${nat} is renewed`, async () => {
    return ((await leases(lab)).get(address) ?? 0) > before;
  });
}

/**
 * A laptop that is closed for a week: machines stand still, and when they run again their clocks are set forward by whatever
 * keeps the time in them. Their kernels are their own, so the host's clock is not touched.
 */
export async function sleepAWeek({ world, inside }: VirtualLab, nodes: readonly string[]): Promise<void> {
  const virsh = async (...args: readonly string[]) =>
    (await world.host.run("virsh", ["--connect", "qemu:///system", ...args])).stdout;
  const domains = (await virsh("list", "--name")).split("\n").filter((name) => name !== "");
  for (const domain of domains) await virsh("suspend", domain);
  await sleep(30_000);
  for (const domain of domains) await virsh("resume", domain);
  for (const node of nodes) await inside(node, `date -s "@$(($(date +%s) + ${week / 1000}))"`);
}

/** Looks until something holds. A machine that is down does not answer, which is a no. `within` is milliseconds. */
export async function until(what: string, holds: () => Promise<boolean>, within = 20 * minutes): Promise<void> {
  const started = performance.now();
  let last: unknown;
  const answered = () =>
    holds().catch((error: unknown) => {
      last = error;
      return false;
    });
  await eventually(what, answered, { within, every: 2000 }).catch((error: unknown) => {
    throw new Error(error instanceof Error ? error.message : String(error), { cause: last });
  });
  console.log(`${what}: after ${((performance.now() - started) / 1000).toFixed(0)} s`);
}

type Test = (name: string, work: () => Promise<void>) => void;

/** Each test goes on where the one before ended: after a failure the others would only wait for hours. */
export function inOrder(test: Test): Test {
  let broken = false;
  return (name, work) =>
    test(name, async () => {
      if (broken) throw new Error("was not tried, since a test before it failed");
      broken = true;
      await work();
      broken = false;
    });
}

/** Prints how long something took, for the record in docs/test-log.md. */
export async function timed<Value>(what: string, work: () => Promise<Value>): Promise<Value> {
  const started = performance.now();
  try {
    return await work();
  } finally {
    console.log(`${what}: ${((performance.now() - started) / 1000).toFixed(0)} s`);
  }
}
