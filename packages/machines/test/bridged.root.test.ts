// Real machines on the LAN of an emulated host, each with a MAC address of its own on the host's wired interface.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { run } from "@k3s-lab/exec";
import type { HostNetwork } from "@k3s-lab/host-network";
import { labDigest } from "@k3s-lab/lab";
import { decodeEvent } from "@k3s-lab/steps";
import { diffSnapshots, emulateHost, seedLan, snapshotHost, type World, rootOnly } from "@k3s-lab/testbed";
import type { Machines } from "../src/machine.js";
import { stageProgram } from "./tools.js";
import { suite } from "uvu";
import * as assert from "uvu/assert";

const test = suite("machines bridged (root)");
const rootTest = rootOnly("machines bridged (root)", test);

/** As turbo runs them: built. */
const built = (path: string) => fileURLToPath(new URL(`../../${path}`, import.meta.url));
const { neighbour, routerAddress, internet, hostAddress } = seedLan;
const yaml = `network: { mode: bridged }
nodes: [{ name: multi, role: server, address: 192.168.1.110 }, { name: agent1, address: ${neighbour.address} }]
`;

interface Stages extends AsyncDisposable {
  readonly id: string;
  /** host-network, then machines: what was done, or what went wrong. */
  up(): Promise<{ readonly actions: readonly string[]; readonly problem: string | undefined }>;
  down(): Promise<void>;
  /** Runs a shell line in a machine. */
  say(name: string, line: string): Promise<string>;
  state<Value>(file: string): Value;
}

async function stagesOn(world: World): Promise<Stages> {
  const dir = mkdtempSync(join(tmpdir(), "k3s-lab-bridged-"));
  writeFileSync(join(dir, "lab.yaml"), yaml);
  const env = { K3S_LAB_CONFIG: join(dir, "lab.yaml"), K3S_LAB_REPORT: "events" };
  for (const stage of ["host-network", "machines"] as const) {
    await run(process.execPath, stageProgram(stage, "fetch"), { env, timeout: 20 * 60_000 });
  }
  const node = (...args: string[]) => world.host.run(process.execPath, args, { env, answers: "any", timeout: 120_000 });
  const program = (body: string) => node("--input-type=module", "-e", imports + body);
  const down = async () => {
    const { exitCode, stdout } = await program(removal);
    assert.is(exitCode, 0, stdout);
  };
  return {
    id: labDigest(join(dir, ".lab")),
    async up() {
      const actions: string[] = [];
      for (const stage of ["host-network", "machines"] as const) {
        const { exitCode, stdout, stderr } = await node(...stageProgram(stage, "up"));
        const events = stdout.split("\n").flatMap((line) => decodeEvent(line) ?? []);
        actions.push(...events.flatMap((event) => (event.event === "action-ended" && event.ok ? [event.action] : [])));
        const problem = events.find((event) => event.event === "problem")?.message;
        if (exitCode !== 0) return { actions, problem: problem ?? stderr };
      }
      return { actions, problem: undefined };
    },
    down,
    async say(name, line) {
      const body = `const { stdout } = await openDriver(lab).exec(${JSON.stringify(name)}, ["sh", "-c", ${JSON.stringify(line)}], { answers: "any" });
console.log(stdout);`;
      const { stdout, stderr } = await program(body);
      return stdout + stderr;
    },
    state: (file) => JSON.parse(readFileSync(join(dir, ".lab", file), "utf8")),
    async [Symbol.asyncDispose]() {
      await program(removal);
      rmSync(dir, { recursive: true, force: true });
    },
  };
}

const imports = `
import { openLab } from ${JSON.stringify(built("lab/dist/index.js"))};
import { carryOut } from ${JSON.stringify(built("steps/dist/index.js"))};
import { openDriver, removeMachines } from ${JSON.stringify(built("machines/dist/index.js"))};
import { hostNetworkStage } from ${JSON.stringify(built("host-network/dist/index.js"))};
const lab = await openLab(process.env.K3S_LAB_CONFIG);
`;
const removal = `
await carryOut([...removeMachines(lab), ...hostNetworkStage.removal(lab)], { stage: "down", report: () => {} });`;

rootTest("machines are computers of the host's LAN, whatever happens to them and to the host", async () => {
  await using world = await emulateHost({ lan: "seed" });
  await using lab = await stagesOn(world);
  const snapshot = () =>
    snapshotHost({
      run: world.host.run,
      only: {
        files: new RegExp(lab.id),
        hosts: new RegExp(lab.id),
        mounts: /^(?!\/etc\/hosts )/,
        sysctls: /^(?!fs\/inotify)/,
      },
    });
  const before = await snapshot();

  const taken = await lab.up();
  assert.match(
    taken.problem ?? "",
    `agent1: ${neighbour.address} is taken by ${neighbour.mac}: another host on the LAN`,
  );
  assert.not.ok(
    taken.actions.some((sentence) => sentence.endsWith(": start")),
    "no machine was started",
  );

  await world.neighbour?.leave();
  const { actions, problem } = await lab.up();
  assert.is(problem, undefined);
  assert.equal(actions.filter((sentence) => sentence.endsWith(": start")).toSorted(), [
    "agent1: start",
    "multi: start",
  ]);
  assert.match(await lab.say("multi", `ip -4 neighbour show to ${routerAddress}`), / lladdr /);
  assert.equal((await lab.up()).actions, []);
  const reaches = (name: string) =>
    lab.say(
      name,
      `for to in ${routerAddress} ${hostAddress} ${internet} multi agent1; do ping -qc1 -W2 $to >/dev/null && echo $to; done; ip -4 route show default`,
    );
  const all = [routerAddress, hostAddress, internet, "multi", "agent1", `default via ${routerAddress} dev eth0`].join(
    "\n",
  );
  for (const name of ["multi", "agent1"]) assert.is((await reaches(name)).trim(), all);

  // What nodes send comes to the router from their own cards: nothing of it went through the host's stack.
  const { machines } = lab.state<Machines>("machines.json");
  const { addresses } = lab.state<HostNetwork>("host-network.json");
  const outward = ((await world.router?.arrivals()) ?? []).filter(({ destination }) => destination === internet);
  assert.equal(
    outward.map(({ mac, source }) => `${source} ${mac}`).toSorted(),
    machines.map(({ name, mac }) => `${addresses[name]} ${mac}`).toSorted(),
  );

  await lab.say("agent1", "systemctl reboot");
  assert.is((await lab.up()).problem, undefined);
  assert.is((await reaches("agent1")).trim(), all, "after a reboot from inside");

  await world.host.reboot();
  const healed = await lab.up();
  assert.is(healed.problem, undefined);
  assert.equal(healed.actions.filter((sentence) => sentence.endsWith(": start")).length, 2);
  assert.is((await reaches("multi")).trim(), all, "after a reboot of the host");

  // Flushed, so that the router does not ask the node itself, and tell its own MAC address with the question.
  const mute = (how: number) =>
    world.router?.run("sh", ["-c", `echo ${how} >/proc/sys/net/ipv4/conf/lan/arp_ignore; ip neighbour flush all`]);
  await mute(8);
  await lab.say("agent1", `ip neighbour flush to ${routerAddress}`);
  const deaf = await lab.up();
  assert.match(deaf.problem ?? "", `agent1: gets no ARP answer from the router ${routerAddress} by macvlan on lan0`);
  assert.match(deaf.problem ?? "", /hypervisor.*port security.*Wi-Fi.*br_netfilter/);
  await mute(0);
  assert.is((await lab.up()).problem, undefined);

  await lab.down();
  assert.is(diffSnapshots(before, await snapshot()), "");
});

test.run();
