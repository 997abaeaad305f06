// Runs alone: it compares all that a host has with what it was.
import { existsSync, readdirSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { run } from "@k3s-lab/exec";
import { diffSnapshots, emulateHost, lan, snapshotHost, sweep, eventually, rootOnly } from "../src/index.js";
import { runDir } from "../src/names.js";
import { suite } from "uvu";
import * as assert from "uvu/assert";

const test = suite("testbed emulated host");
const rootTest = rootOnly("testbed emulated host", test);

test("a sweep with nothing to sweep does nothing", async () => {
  await sweep();
  await sweep();
});

/** Asks the router's DNS server from inside, without any DNS program. */
const lookup = (name: string) => ["-e", `require("node:dns").resolve4("${name}",(e,a)=>console.log(e?e.code:a[0]))`];

rootTest("is a computer of its own, on a LAN with a router that answers names", async () => {
  await using world = await emulateHost({ names: { "github.com": "203.0.113.7" } });
  const { host } = world;
  assert.is((await host.run("ls", ["/sys/class/net"])).stdout, `${lan.uplink}\nlo`);
  assert.match((await host.run("ip", ["route", "get", "203.0.113.7"])).stdout, `via ${lan.routerAddress} dev lan0`);
  assert.is((await host.run("cat", ["/etc/resolv.conf"])).stdout, `nameserver ${lan.routerAddress}`);
  assert.is((await host.run(process.execPath, lookup("github.com"))).stdout, "203.0.113.7");
  assert.is((await host.run(process.execPath, lookup("nowhere.example"))).stdout, "ENOTFOUND");
  assert.is((await host.run("cat", ["/proc/sys/net/ipv4/ip_forward"])).stdout, "0");
});

rootTest("commands run in the caller's folder with its environment, input and exit code", async () => {
  await using world = await emulateHost({ uplink: false });
  const usual = process.env.SSL_CERT_FILE;
  process.env.SSL_CERT_FILE = "/of-the-real-host.pem";
  const script = 'cat; pwd; echo "$HOME $ADDED$SSL_CERT_FILE"; exit 3';
  const options = { input: "in\n", cwd: "/usr/lib", env: { ADDED: "yes" }, answers: [3] };
  const { stdout } = await world.host.run("sh", ["-c", script], options);
  assert.is(stdout, `in\n/usr/lib\n${process.env.HOME} yes`);
  if (usual === undefined) delete process.env.SSL_CERT_FILE;
  else process.env.SSL_CERT_FILE = usual;
});

rootTest("processes, mounts, files in /etc and cgroups are its own and end with it", async () => {
  const hosts = await readFile("/etc/hosts", "utf8");
  const marker = `6${process.pid}`;
  const world = await emulateHost({ uplink: false });
  await world.host.run("sh", ["-c", "echo 10.0.0.1 multi >>/etc/hosts; mount -t tmpfs testbed /mnt"]);
  await world.host.run("sh", ["-c", `setsid sleep ${marker} >/dev/null 2>&1 &`]);
  const { stdout } = await world.host.run("sh", ["-c", "cat /proc/[0-9]*/comm; cat /proc/self/cgroup"]);
  assert.is(stdout.split("\n").includes("sleep"), true);
  assert.not.match(stdout, /^\d+:.*:\/.+/m);
  assert.is(await readFile("/etc/hosts", "utf8"), hosts);
  assert.not.match(await readFile("/proc/mounts", "utf8"), "testbed /mnt");
  await world[Symbol.asyncDispose]();
  assert.is((await run("pgrep", ["-fx", `sleep ${marker}`], { answers: [0, 1] })).stdout, "");
  assert.not.ok(existsSync(`${runDir}/${world.name}`));
  assert.equal((await run("find", ["/sys/fs/cgroup", "-name", world.name])).stdout, "");
});

rootTest("whatever the FORWARD policy is, it is loaded", async () => {
  for (const [forward, expected] of [
    ["iptables-drop", /-P FORWARD DROP/],
    ["docker", /-A FORWARD -j DOCKER-USER/],
  ] as const) {
    await using world = await emulateHost({ forward });
    assert.match((await world.host.run("iptables", ["-S"])).stdout, expected);
  }
  await using world = await emulateHost({ forward: "nft-drop" });
  assert.match((await world.host.run("nft", ["list", "ruleset"])).stdout, /hook forward .*policy drop/);
});

rootTest("a VIF maps networks and says what came", async () => {
  await using world = await emulateHost();
  {
    await using vif = await world.host.connectVif({ cidrs: ["10.43.0.0/16"] });
    const send = 'require("node:dgram").createSocket("udp4").send("x", 9, "10.43.0.7", () => process.exit())';
    await world.host.run(process.execPath, ["-e", send]);
    await eventually("a packet has arrived", () => vif.packets.length > 0, { within: 5_000 });
    assert.equal(vif.packets, [{ source: lan.hostAddress, destination: "10.43.0.7", protocol: 17, port: 9 }]);
  }
  assert.not.match((await world.host.run("ip", ["link"])).stdout, "tel0");
});

rootTest("an uplink that flaps loses its routes and gets them back", async () => {
  await using world = await emulateHost();
  const before = await snapshotHost({ run: world.host.run });
  await world.host.uplinkDown();
  assert.is((await world.host.run("ip", ["route"])).stdout, "");
  const down = await snapshotHost({ run: world.host.run });
  assert.match(diffSnapshots(before, down), /routes:\n {2}- 192\.168\.77\.0\/24 dev lan0/);
  await world.host.uplinkUp();
  await eventually(
    "the host is as it was",
    async () => diffSnapshots(before, await snapshotHost({ run: world.host.run })) === "",
    { within: 5_000 },
  );
});

rootTest("a snapshot shows links, rules, filters, sysctls, files of /etc and processes that came", async () => {
  await using world = await emulateHost();
  const before = await snapshotHost({ run: world.host.run });
  await world.host.run("sh", ["-c", changes]);
  const difference = diffSnapshots(before, await snapshotHost({ run: world.host.run }));
  for (const line of expectedChanges) assert.match(difference, line);
});

const changes = `
ip link add name lab0 type bridge
ip address add 10.76.0.1/24 dev lab0
ip rule add iif lab0 lookup 7600 priority 5000
ip route add unreachable default table 7600
nft 'add table inet mine; add chain inet mine forward { type filter hook forward priority 0; }; add rule inet mine forward iifname lab0 drop'
iptables -t nat -A POSTROUTING -s 10.76.0.0/24 -j MASQUERADE
echo 1 >/proc/sys/net/ipv4/ip_forward
echo '10.76.0.2 multi' >>/etc/hosts
for d in /sys/fs/cgroup/*/; do mkdir $d/lxc.monitor.multi; done
setsid sleep 600 >/dev/null 2>&1 &`;

const expectedChanges = [
  "  + lab0 bridge",
  "  + lab0 10.76.0.1/24",
  "  + 5000:\tfrom all iif lab0",
  "  + unreachable default table 7600",
  '  + table inet mine > chain forward > iifname "lab0" drop',
  "  + nat -A POSTROUTING -s 10.76.0.0/24 -j MASQUERADE",
  "  + net/ipv4/ip_forward = 1",
  "  + 10.76.0.2 multi",
  "/lxc.monitor.multi",
  "  + sleep 600",
];

rootTest("a killed maker leaves nothing that runs; the next world sweeps up the rest", async () => {
  const program = `
    import { emulateHost } from ${JSON.stringify(new URL("../src/index.ts", import.meta.url).href)};
    const world = await emulateHost();
    await world.host.run("sh", ["-c", "setsid sleep 7${process.pid} >/dev/null 2>&1 & for d in /sys/fs/cgroup/*/; do mkdir $d/lxc.x; done"]);
    process.kill(process.pid, "SIGKILL");`;
  const args = ["--import", "tsx", "--input-type=module", "-e", program];
  await run(process.execPath, args, { answers: "any" }).catch(() => {});
  await eventually(
    "its programs have ended",
    async () => (await run("pgrep", ["-fx", `sleep 7${process.pid}`], { answers: [0, 1] })).exitCode === 1,
    { within: 5_000 },
  );
  await sweep();
  const left = readdirSync(runDir).filter((name) => !existsSync(`/proc/${name.split("-")[3]}`));
  assert.equal(left, []);
});

test.run();
