// A lab whose machines start their services by OpenRC, as those of the seed's box do. Their root file system takes the
// place of k3s-lab's own on the emulated host; all else is what lab:up does.
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { diffSnapshots, emulateHost, ensureOpenrcRootfs, rootOnly } from "@k3s-lab/testbed";
import { guestScript } from "../../packages/machines/src/drivers/vagrant/guest/guest-script.js";
import { rootfsPath } from "../../packages/machines/src/rootfs/path.js";
import type { Machines } from "../../packages/machines/src/machine.js";
import { driveLab, eventually, readyNodes, upChangesNothing } from "./drive-lab.js";

const test = suite("a lab on OpenRC");
const realTest = rootOnly("a lab on OpenRC", test);

const two = "nodes:\n  - { name: multi, role: server }\n  - { name: agent1 }\n";

let world: Awaited<ReturnType<typeof emulateHost>>;
let lab: Awaited<ReturnType<typeof driveLab>>;
let before: Awaited<ReturnType<typeof lab.snapshot>>;

async function on(node: string, script: string): Promise<string> {
  const { stdout, stderr, exitCode } = await lab.npm("lab:exec", [node, "sh", "-c", script]);
  if (exitCode !== 0) throw new Error(`${node}: ${script}: exit code ${exitCode}: ${stderr}${stdout}`);
  return stdout.trim();
}

/** All that lab:up says. */
async function up(): Promise<string> {
  const { stdout, stderr, exitCode } = await lab.npm("lab:up");
  assert.is(exitCode, 0, stderr);
  return stderr + stdout;
}

/** What a service's supervisor runs. */
const child = (service: string) => `cat /run/openrc/options/${service}/child_pid`;
const containers = "pgrep -x coredns; pgrep -x registry";
const guard = "nft list table inet k3s_lab_node_guard";
const network = "ip -4 route show default; cat /etc/resolv.conf";

realTest("begin: a root file system with OpenRC, and a host", async () => {
  const rootfs = await ensureOpenrcRootfs();
  world = await emulateHost();
  lab = await driveLab(world.host, two);
  await world.host.run("mount", ["--bind", rootfs, rootfsPath()]);
  before = await lab.snapshot();
});

realTest("server and agent are Ready, and pull from the registry", async () => {
  assert.match(await up(), "registry verified");
  assert.equal(await readyNodes(lab), ["agent1", "multi"]);
  await upChangesNothing(lab);
  const examined = await lab.npm("doctor");
  assert.is(examined.exitCode, 0, examined.stdout);
  assert.is(await on("agent1", "cat /proc/1/comm; ! command -v systemctl"), "init");
});

realTest("K3s and its pods have what systemd gives them", async () => {
  assert.match(await on("multi", "grep ' / / ' /proc/self/mountinfo"), " shared:");
  const most = await on("multi", "ulimit -H -n");
  assert.match(
    await on("multi", `grep 'open files' /proc/$(${child("k3s")})/limits`),
    new RegExp(` ${most} +${most} `),
  );
});

realTest("a K3s that is killed is started again, and its containers live on", async () => {
  const was = [await on("multi", child("k3s")), await on("multi", containers)];
  await on("multi", `kill -9 ${was[0]}`);
  await eventually("K3s runs again", async () => (await on("multi", child("k3s"))) !== was[0]);
  await on("multi", "echo rc_cgroup_cleanup=YES >>/etc/rc.conf; rc-service -q k3s restart");
  assert.is(await on("multi", containers), was[1]);
});

realTest("a K3s whose supervisor was killed is found, and never runs twice", async () => {
  const was = await on("agent1", child("k3s-agent"));
  await on("agent1", "kill -9 $(cat /run/k3s-agent.pid)");
  assert.match(await up(), "agent1: start the K3s agent");
  assert.is.not(await on("agent1", child("k3s-agent")), was);
  assert.is(await on("agent1", "pgrep -f '^(/usr/local/bin/)?k3s agent' | wc -l"), "1");
});

realTest("its log is rotated while it runs", async () => {
  await on("multi", "logrotate --force /etc/logrotate.d/k3s && ls /var/log/k3s.log.1.gz");
  await on("multi", "rc-service -q k3s restart");
  // The first line may be what one of its parts has said when it was stopped.
  await eventually(
    "K3s logs again",
    async () => (await on("multi", "grep -c ^time= /var/log/k3s.log || true")) !== "0",
  );
});

realTest("a K3s that does not start is shown with its log, and with what OpenRC's user has to type", async () => {
  const dir = "/etc/rancher/k3s/config.yaml.d";
  await on("agent1", `mkdir -p ${dir}; echo 'nonsense: true' >${dir}/own.yaml; rc-service -q k3s-agent stop`);
  const { exitCode, stderr, stdout } = await lab.npm("lab:up");
  assert.is(exitCode, 1);
  assert.match(stdout + stderr, 'unknown key "nonsense"');
  assert.match(stdout + stderr, "npm run lab:exec -- agent1 tail -n 100 /var/log/k3s-agent.log");
  await on("agent1", `rm ${dir}/own.yaml`);
});

realTest("a firewall that restarts takes the guard away only for a moment", async () => {
  await on("agent1", "rc-service -q nftables restart");
  await eventually(
    "the guard is back",
    async () => (await on("agent1", `${guard} >/dev/null; echo $?`)) === "0",
    5_000,
  );
});

realTest("a reboot: guard and network stand when K3s starts, whatever the firewall and DHCP do", async () => {
  const { machines, gateway, resolvers } = lab.state<Machines>("machines.json");
  const agent = machines.find(({ name }) => name === "agent1");
  assert.ok(agent);
  // As Vagrant runs it in its guests; here the keeper alone sets what LXC's own file sets in other machines.
  const script = guestScript({ ...agent, gateway, resolvers });
  await lab.npmOk("lab:exec", ["agent1", "sh"], { input: script });
  await on(
    "agent1",
    `: >/etc/k3s-lab/network; echo nameserver 127.0.0.53 >/etc/resolv.conf
mkdir -p /etc/conf.d; cat >/etc/conf.d/k3s-agent <<'end'
start_post() { { ${guard}; ${network}; } >/var/log/at-start 2>&1; }
end
echo $$ >/run/boot`,
  );
  await lab.npm("lab:exec", ["agent1", "reboot"]);
  await eventually(
    "agent1 has booted",
    async () => (await on("agent1", "[ -e /run/boot ] || echo booted")) === "booted",
  );
  await eventually("agent1 is Ready", async () => (await readyNodes(lab)).includes("agent1"));
  await eventually("K3s has started", async () => (await on("agent1", "ls /var/log/at-start || true")) !== "");
  const atStart = await on("agent1", "cat /var/log/at-start");
  assert.match(atStart, "chain forward");
  assert.match(atStart, `default via ${gateway} dev eth0`);
  assert.match(atStart, `nameserver ${resolvers[0]}`);
  assert.match(await up(), "agent1: write /etc/k3s-lab/network");
});

realTest("the keeper puts the network back, also after it was killed", async () => {
  const service = "k3s-lab-network";
  await on("agent1", `kill -9 $(${child(service)}); ip -4 route del default; echo >/etc/resolv.conf`);
  await eventually("the network is right", async () => /default via[^]*nameserver/.test(await on("agent1", network)));
});

realTest("k3s-killall.sh ends every container, and leaves the guard and the keeper", async () => {
  await on("agent1", "k3s-killall.sh >/dev/null 2>&1");
  assert.is(
    await on(
      "agent1",
      "pgrep -f [c]ontainerd-shim; ip -o link show cni0 2>/dev/null; grep -c /run/k3s /proc/mounts; true",
    ),
    "0",
  );
  assert.match(
    await on("agent1", "rc-service lab-node-guard status; rc-service k3s-lab-network status"),
    /started[^]*started/,
  );
  assert.match(await up(), "agent1: start the K3s agent");
  assert.equal(await readyNodes(lab), ["agent1", "multi"]);
});

realTest("lab:down leaves the host as it was", async () => {
  await lab.npmOk("lab:down");
  assert.is(diffSnapshots(before, await lab.snapshot()), "");
});

test.after(async () => {
  await lab?.[Symbol.asyncDispose]();
  await world?.[Symbol.asyncDispose]();
});

test.run();
