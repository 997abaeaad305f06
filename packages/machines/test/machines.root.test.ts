import { parseCidr } from "@k3s-lab/ip";
// Boots real machines: this very file runs again inside an emulated host, on a bridge that the test makes itself.
import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { once } from "node:events";
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { heldSysctls } from "@k3s-lab/host";
import { type HostNetwork, hostNetworkRecord } from "@k3s-lab/host-network";
import { CommandFailed, run } from "@k3s-lab/exec";
import { type Lab, openLab } from "@k3s-lab/lab";
import { carryOut, decodeEvent, Facts, sentencesOf } from "@k3s-lab/steps";
import { diffSnapshots, emulateHost, type Snapshot, snapshotHost, eventually } from "@k3s-lab/testbed";
import {
  decideMachines,
  machinesRecord,
  machinesStage,
  machinesSteps,
  NotRunning,
  openDriver,
  removeMachines,
} from "../src/index.js";
import { lxcLockDir, machinePlaces } from "../src/places.js";
import { passInside, stageProgram } from "./tools.js";
import { suite } from "uvu";
import * as assert from "uvu/assert";

const inside = process.env.K3S_LAB_TEST_INSIDE === "1";
const root = process.platform === "linux" && process.getuid?.() === 0;
const test = suite("machines (root)");
const dir = process.env.K3S_LAB_TEST_DIR ?? "";

async function runInside(): Promise<void> {
  const labFolder = mkdtempSync(join(tmpdir(), "k3s-lab-machines-"));
  try {
    await run(process.execPath, stageProgram("machines", "fetch"), {
      env: { INIT_CWD: labFolder },
      timeout: 20 * 60_000,
    });
    await using world = await emulateHost();
    const env = { K3S_LAB_TEST_INSIDE: "1", K3S_LAB_TEST_DIR: labFolder, INIT_CWD: labFolder };
    await passInside(world.host, import.meta.filename, env);
  } finally {
    rmSync(labFolder, { recursive: true });
  }
}

const bridge = "lab0";
const network: HostNetwork = {
  uplink: null,
  routes: [],
  lan: { kind: "private", bridge, subnet: parseCidr("10.76.0.0/24") },
  gateway: "10.76.0.1",
  resolvers: ["192.168.77.1"],
  addresses: { multi: "10.76.0.10", agent1: "10.76.0.11", agent2: "10.76.0.12", agent3: "10.76.0.13" },
  podCidr: parseCidr("10.42.0.0/16"),
  serviceCidr: parseCidr("10.43.0.0/16"),
  clusterDns: "10.43.0.10",
};

function tellTheStory(): void {
  let lab: Lab;
  let before: Snapshot;
  let current = network;
  const steps = () => machinesSteps(lab, decideMachines(lab, current));
  const make = async () => {
    const said: string[] = [];
    const report = (event: { readonly event: string; readonly action?: string | undefined }) => {
      if (event.event === "action-started") said.push(event.action ?? "");
    };
    await carryOut(steps(), { stage: "machines", report });
    return said;
  };
  /** What is done is what the plan says, in any order. */
  const makeAsPlanned = async () => {
    const plan = await sentencesOf(steps());
    const said = await make();
    assert.equal(said.toSorted(), plan.toSorted());
    return said;
  };
  const names = () => lab.config.nodes.map(({ name }) => name);
  const driver = () => openDriver(lab);
  const say = async (name: string, command: string) =>
    (await driver().exec(name, ["sh", "-c", command], { answers: "any" })).stdout;
  const snapshot = () => {
    // Other labs of the real host may come and go: their folders and what they hold are not looked at.
    const files = new RegExp(lab.id);
    return snapshotHost({ only: { files, sysctls: /^(?!fs\/inotify)/ } });
  };
  /** What a node reports of its connection: the same, whatever happened to it. */
  const connection = "ip -4 -brief address show eth0; ip -4 route show default; cat /etc/resolv.conf";
  const right = (address: string) => [
    `eth0@if UP ${address}/24`,
    "default via 10.76.0.1 dev eth0",
    "nameserver 192.168.77.1",
  ];
  const connected = async (name: string) =>
    (await say(name, connection)).split("\n").map((line) =>
      line
        .replace(/@if\d+/, "@if")
        .replaceAll(/ +/g, " ")
        .trim(),
    );
  const bootOf = (name: string) => say(name, "cat /proc/1/stat | cut -d' ' -f22");

  test.before(async () => {
    await makeBridge(bridge);
    lab = await openLab(join(dir, "lab.yaml"));
    lab.state.write(hostNetworkRecord, network);
    before = await snapshot();
  });

  test("on an empty host the plan has every machine, and touches nothing", async () => {
    const plan = await sentencesOf(steps());
    for (const name of names()) assert.ok(plan.includes(`${name}: start`), plan.join("\n"));
    assert.is(diffSnapshots(before, await snapshot()), "");
    await assertRejects(driver().exec("multi", ["true"]), NotRunning, /^multi: is absent/);
  });

  test("three machines come up on the LAN, reach each other, and need nothing more", async () => {
    lab.state.write(machinesRecord, decideMachines(lab, network));
    await makeAsPlanned();
    for (const name of names()) {
      assert.is(await driver().state(name), "running");
      assert.equal(await connected(name), right(network.addresses[name] ?? ""));
      assert.is(await say(name, "hostname; cat /proc/sys/kernel/hostname"), `${name}\n${name}`);
      assert.match(await say(name, "ping -c 1 -W 2 multi"), " 0% packet loss");
    }
    assert.equal(await sentencesOf(steps()), []);
    assert.equal(await make(), []);
  });

  test("nothing in a machine has failed, and what reaches for the host finds its own", async () => {
    assert.is(await say("multi", "systemctl --failed --no-legend --plain"), "");
    const panic = readFileSync("/proc/sys/kernel/panic", "utf8");
    await say("multi", "echo 42 > /proc/sys/kernel/panic; echo 42 > /proc/sys/vm/overcommit_memory");
    assert.is(readFileSync("/proc/sys/kernel/panic", "utf8"), panic);
    assert.match(await say("multi", "grep -E ' /var/lib/(rancher|kubelet) ' /proc/mounts"), /kubelet/);
    assert.not.match(await say("multi", "grep -E ' /var/lib/(rancher|kubelet) ' /proc/mounts"), "overlay");
    // A unit may ask for more open files than this host allows.
    assert.match(await say("multi", "systemd-run -q --pipe --wait -p LimitNOFILE=1048576 sh -c 'ulimit -n'"), /^\d+$/);
  });

  test("a program's input, output and exit code are its own", async () => {
    const { stdout, stderr } = await driver().exec("agent1", ["sh", "-c", "cat; pwd; echo no >&2"], {
      input: "in\n",
      cwd: "/srv",
    });
    assert.equal([stdout, stderr], ["in\n/srv", "no"]);
    for (const code of [1, 2, 42, 127, 255]) {
      const { exitCode } = await driver().exec("agent1", ["sh", "-c", `exit ${code}`], { answers: "any" });
      assert.is(exitCode, code);
    }
    await assertRejects(
      driver().exec("agent1", ["sh", "-c", "echo why >&2; exit 3"]),
      CommandFailed,
      /^agent1: sh .*3:\nwhy/,
    );
    await assertRejects(driver().exec("agent1", ["no-such-program"]), CommandFailed, /^agent1: no-such-program .*127/);
  });

  test("a secret reaches the program by its environment and stands in no argument list", async () => {
    const secret = `s3cret-${process.pid}`;
    const running = driver().exec("agent1", ["sh", "-c", 'sleep 1; echo "$TOKEN"'], { env: { TOKEN: secret } });
    await sleep(400);
    const lines = readdirSync("/proc")
      .filter((pid) => /^\d+$/.test(pid))
      .map(commandLine);
    assert.ok(lines.some((line) => line.includes("sleep")));
    assert.not.ok(lines.some((line) => line.includes(secret)));
    assert.is((await running).stdout, secret);
    assert.is(await say("agent1", "env | grep -c K3S_LAB_TEST"), "0");
  });

  test("what takes too long is ended inside the machine, too", async () => {
    await assertRejects(
      driver().exec("agent1", ["sleep", "4711"], { timeout: 300 }),
      CommandFailed,
      /longer than 0\.3 s/,
    );
    assert.is(await say("agent1", "ps -eo args | grep '[s]leep 4711'"), "");
  });

  test("files are written at once, with their mode, on overlay and data folder alike", async () => {
    const large = join(dir, "large");
    const content = Buffer.alloc(20_000_000, "k3s");
    writeFileSync(large, content, { mode: 0o644 });
    const sum = createHash("sha256").update(content).digest("hex");
    for (const path of ["/usr/local/bin/large", "/var/lib/rancher/k3s/agent/images/large"]) {
      await driver().copyIn("agent1", large, path, { mode: 0o755 });
      assert.is(await say("agent1", `sha256sum < ${path}; stat -c '%a %U' ${path}`), `${sum}  -\n755 root`);
      assert.is(await say("agent1", `ls -A ${path.replace(/\/[^/]+$/, "")} | grep -c large`), "1");
    }
    assert.is(statSync(large).mode & 0o777, 0o644, "the host's own file is left as it was");
    await driver().write("agent1", "/etc/rancher/k3s/a file", "one\n", { mode: 0o600 });
    await driver().write("agent1", "/etc/rancher/k3s/a file", "two\n", { mode: 0o600 });
    assert.is(await say("agent1", "cat '/etc/rancher/k3s/a file'; stat -c %a /etc/rancher/k3s/*"), "two\n600");
    await assertRejects(
      driver().copyIn("agent1", "/no/such/file", "/tmp/x", { mode: 0o600 }),
      CommandFailed,
      /^agent1: /,
    );
  });

  test("what root alone may change is linked onto a machine's disk: no copy, nothing half done, no way out of it", async () => {
    const source = join(dir, "unpacked");
    mkdirSync(join(source, "bin"), { recursive: true, mode: 0o755 });
    writeFileSync(join(source, "bin/k3s"), "program", { mode: 0o755 });
    symlinkSync("k3s", join(source, "bin/ctr"));
    const path = "/var/lib/rancher/k3s/data/abc";
    const link = (from: string, to: string) => driver().linkIn?.("agent1", from, to);
    await say("agent1", `mkdir -p ${path}.part/killed`);
    assert.is(await link(source, path), true);
    assert.is(
      await say("agent1", `stat -c '%a %U %h' ${path}/bin/k3s; cat ${path}/bin/ctr; ls ${path} ${path}/..`),
      ["755 root 2", `program${path}:`, "bin", "", `${path}/..:`, "abc"].join("\n"),
    );
    assert.is(await link(source, path), false, "it is there");
    assert.is(await link(join(source, "bin/k3s"), "/usr/local/bin/linked"), false, "that is no disk of its own");
    // A link in the machine would lead to a folder of the host.
    await say("agent1", `ln -s ${dir} /var/lib/rancher/out`);
    assert.is(await link(join(source, "bin/k3s"), "/var/lib/rancher/out/linked"), false);
    assert.not.ok(existsSync(join(dir, "linked")));
    for (const change of [() => chmodSync(join(source, "bin/k3s"), 0o775), () => chownSync(source, 1, 1)]) {
      change();
      assert.is(await link(source, `${path}d`), false, "others may change it");
    }
    assert.is(await say("agent1", `ls ${path}/..`), "abc");
    await say("agent1", "rm -r /var/lib/rancher/out /var/lib/rancher/k3s/data");
    assert.ok(existsSync(join(source, "bin/k3s")));
  });

  test("a person's command gets standard input and keeps its exit code", async () => {
    const program = `
      const { openLab } = await import("@k3s-lab/lab");
      const { openDriver } = await import(${JSON.stringify(join(import.meta.dirname, "../src/index.ts"))});
      const driver = openDriver(await openLab(${JSON.stringify(join(dir, "lab.yaml"))}));
      process.exit(await driver.passThrough("agent1", process.argv.slice(1)));`;
    const args = ["--import", "tsx", "--input-type=module", "-e", program, "--"];
    const cwd = join(import.meta.dirname, "..");
    const all = { input: "in", cwd, answers: "any" } as const;
    const asked = await run(process.execPath, [...args, "sh", "-c", "cat; echo e >&2; exit 9"], all);
    assert.equal(asked, { exitCode: 9, stdout: "in", stderr: "e" });
    const shell = await run(process.execPath, args, { ...all, input: "hostname; exit 5\n" });
    assert.equal([shell.exitCode, shell.stdout], [5, "agent1"]);
  });

  test("a reboot from inside brings address, route and resolver back", async () => {
    const boot = await bootOf("agent1");
    await driver().exec("agent1", ["systemctl", "reboot"], { answers: "any" });
    // The next lab:up may come at any moment of it.
    await make();
    await eventually("agent1 has rebooted", async () => (await bootOf("agent1").catch(() => boot)) !== boot, {
      within: 15_000,
    });
    await make();
    assert.equal(await connected("agent1"), right("10.76.0.11"));
    assert.equal(await sentencesOf(steps()), []);
  });

  test("what differs in a running machine is repaired without a reboot", async () => {
    const boot = await bootOf("agent1");
    await say(
      "agent1",
      "ip route del default; ip address add 10.9.9.9/8 dev eth0; echo nameserver 127.0.0.53 >/etc/resolv.conf",
    );
    await say("agent2", "ip address flush dev eth0; rm /etc/hosts /etc/k3s-lab/network");
    await say("multi", "ip route add default via 10.76.0.12 dev eth0 metric 100");
    const said = await makeAsPlanned();
    assert.is(said.length, 3, said.join("\n"));
    for (const name of names()) assert.equal(await connected(name), right(network.addresses[name] ?? ""));
    assert.is(await bootOf("agent1"), boot);
    assert.equal(await sentencesOf(steps()), []);
  });

  test("machines are plugged into a bridge that was made again", async () => {
    const boot = await bootOf("multi");
    await run("ip", ["link", "delete", bridge]);
    await makeBridge(bridge);
    assert.is((await makeAsPlanned()).length, 3);
    assert.match(await say("multi", "ping -c 1 -W 2 agent2"), " 0% packet loss");
    assert.is(await bootOf("multi"), boot);
  });

  test("machines that were killed, removed by hand, or only half made are healed", async () => {
    const kill = (name: string) =>
      run("lxc-stop", ["-n", name, "-P", join(machinePlaces(lab.id, name).dir, ".."), "-k"]);
    await kill("agent1");
    assert.is(await driver().state("agent1"), "stopped");
    await assertRejects(
      driver().exec("agent1", ["true"]),
      NotRunning,
      /^agent1: is stopped, .* Run `npm run lab:start`/,
    );
    // Removed while it runs; and one whose configuration was never written.
    rmSync(machinePlaces(lab.id, "agent2").dir, { recursive: true });
    await kill("multi");
    renameSync(machinePlaces(lab.id, "multi").config, join(dir, "config"));
    assert.is(await driver().state("agent2"), "absent");
    assert.is(await driver().state("multi"), "absent");
    const said = await makeAsPlanned();
    assert.equal(said.toSorted(), [
      "agent1: start",
      "agent2: make a machine with address 10.76.0.12",
      "agent2: start",
      "multi: make a machine with address 10.76.0.10",
      "multi: start",
    ]);
    assert.is(await say("agent1", "cat '/etc/rancher/k3s/a file'"), "two");
    for (const name of names()) assert.equal(await connected(name), right(network.addresses[name] ?? ""));
    assert.equal(await sentencesOf(steps()), []);
  });

  test("an interrupted lab:up is repaired by the next one", async () => {
    await carryOut(removeMachines(lab), { stage: "machines", report: () => {} });
    for (const delay of [120, 250, 320, 400]) {
      const child = spawn(process.execPath, stageProgram("machines", "up"), { stdio: "ignore" });
      await sleep(delay);
      child.kill("SIGKILL");
      if (child.exitCode === null && child.signalCode === null) await once(child, "exit");
      if (delay === 250) await carryOut(removeMachines(lab), { stage: "machines", report: () => {} });
    }
    await run(process.execPath, stageProgram("machines", "up"));
    for (const name of names()) assert.equal(await connected(name), right(network.addresses[name] ?? ""));
    assert.equal(await sentencesOf(steps()), []);
  });

  test("a node that lab.yaml gains is made and known to all, one that it loses is removed", async () => {
    const agents = (...added: string[]) =>
      `nodes: [{name: multi, role: server}, ${added.map((name) => `{name: ${name}}`)}]\n`;
    writeFileSync(lab.file, agents("agent1", "agent3"));
    lab = await openLab(lab.file);
    lab.state.write(machinesRecord, decideMachines(lab, network));
    const said = await makeAsPlanned();
    assert.equal(said.toSorted(), [
      "agent1: write /etc/hosts",
      "agent2: remove the machine, which lab.yaml does not name any more",
      "agent3: make a machine with address 10.76.0.13",
      "agent3: start",
      "multi: write /etc/hosts",
    ]);
    assert.match(await say("multi", "getent ahostsv4 agent3"), "10.76.0.13");
    assert.not.ok(existsSync(machinePlaces(lab.id, "agent2").dir));
  });

  test("a lost record is made again from the machines, which stay as they are", async () => {
    const boots = await Promise.all(names().map(bootOf));
    const record = lab.state.path("machines");
    const recorded = readFileSync(record, "utf8");
    for (const left of ["", recorded.slice(0, 20)]) {
      writeFileSync(record, left);
      const { multi, agent1, agent3 } = network.addresses;
      assert.equal(await machinesStage.remains?.(lab, new Facts()), { addresses: { multi, agent1, agent3 } });
      assert.is(await driver().state("multi"), "running");
      const { stdout, stderr } = await run(process.execPath, stageProgram("machines", "up"), {
        env: { K3S_LAB_REPORT: "events" },
      });
      const events = `${stdout}\n${stderr}`.split("\n").flatMap((line) => decodeEvent(line) ?? []);
      assert.equal(
        events.filter(({ event }) => event === "action-started"),
        [],
      );
      assert.is(readFileSync(record, "utf8"), recorded);
    }
    assert.equal(await Promise.all(names().map(bootOf)), boots);
  });

  test("a machine moves to another bridge and address, and keeps its files", async () => {
    await run("ip", ["link", "delete", bridge]);
    await makeBridge("lab1", "10.77.0.1/24");
    current = {
      ...network,
      lan: { kind: "private", bridge: "lab1", subnet: parseCidr("10.77.0.0/24") },
      gateway: "10.77.0.1",
      addresses: { multi: "10.77.0.10", agent1: "10.77.0.11", agent3: "10.77.0.13" },
    };
    assert.equal((await makeAsPlanned()).toSorted(), [
      "agent1: start",
      "agent1: stop it and change its mounts or connection to the LAN",
      "agent3: start",
      "agent3: stop it and change its mounts or connection to the LAN",
      "multi: start",
      "multi: stop it and change its mounts or connection to the LAN",
    ]);
    assert.match(await say("agent1", "ping -c 1 -W 2 10.77.0.13"), " 0% packet loss");
    assert.is(await say("agent3", "ip -4 route show default"), "default via 10.77.0.1 dev eth0 ");
    assert.equal(await sentencesOf(steps()), []);
    current = network;
    await run("ip", ["link", "delete", "lab1"]);
    await makeBridge(bridge);
  });

  test("removal leaves the host as it was, from the lab's id alone, while the machines are busy", async () => {
    await say(
      "agent1",
      "for i in 1 2 3; do setsid sleep 4000 >/dev/null 2>&1 & done; mount -t tmpfs none /var/lib/kubelet; mkdir -p /var/lib/rancher/a/b; unshare --fork --pid sleep 4000 >/dev/null 2>&1 & sleep 0.1",
    );
    // One that runs without a folder.
    renameSync(machinePlaces(lab.id, "agent3").dir, join(dir, "agent3"));
    lab.state.remove("machines");
    const report = () => {};
    await carryOut(removeMachines(lab), { stage: "machines", report });
    rmSync(join(dir, "agent3"), { recursive: true });
    assert.equal(await sentencesOf(removeMachines(lab)), []);
    assert.is(await carryOut(removeMachines(lab), { stage: "machines", report }), 0);
    assert.equal(heldSysctls(lab.id), {});
    assert.not.ok(existsSync(lxcLockDir(lab.id)));
    assert.is(diffSnapshots(before, await snapshot()), "");
  });
}

async function makeBridge(name: string, address = "10.76.0.1/24"): Promise<void> {
  const lines = [
    `link add ${name} address 02:00:00:00:00:01 type bridge`,
    `address add ${address} dev ${name}`,
    `link set ${name} up`,
  ];
  await run("ip", ["-batch", "-"], { input: `${lines.join("\n")}\n` });
}

function commandLine(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, "utf8");
  } catch {
    return ""; // Ended in the meantime.
  }
}

async function assertRejects(
  promise: Promise<unknown>,
  kind: new (...args: never[]) => Error,
  message: RegExp,
): Promise<void> {
  const error = await promise.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  assert.instance(error, kind);
  assert.match((error as Error).message, message);
}

if (inside) tellTheStory();
else if (root) test("in an emulated host", runInside);
else {
  console.log("machines (root): skipped, needs root on Linux");
  test.skip("in an emulated host", () => {});
}
test.run();
