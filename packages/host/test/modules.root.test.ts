// Another program's bridge, on a host whose firewall drops what it forwards, while br_netfilter is loaded. Only a stand-in for
// modprobe could be used: the kernel of the build hosts has br_netfilter built in, so that its switches are always there.
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync, gunzipSync } from "node:zlib";
import { run } from "@k3s-lab/exec";
import { ensureModules, missingModules } from "../src/index.js";
import { suite } from "uvu";
import * as assert from "uvu/assert";

/** Runs this very file again in network and mount namespaces of its own. */
const inside = process.env.K3S_LAB_TEST_INSIDE === "1";
const isRoot = process.platform === "linux" && process.getuid?.() === 0;
const test = suite("host modules (root)");
const switches = "/proc/sys/net/bridge/bridge-nf-call-";

const twoOnABridge = `
mount -t tmpfs none /run/netns 2>/dev/null || { mkdir -p /run/netns; mount -t tmpfs none /run/netns; }
ip link add other type bridge
ip link set other up
for name in left right; do
  ip netns add $name
  ip link add $name type veth peer name eth0 netns $name
  ip link set $name master other up
  ip -n $name link set eth0 up
done
ip -n left address add 10.9.9.1/24 dev eth0
ip -n right address add 10.9.9.2/24 dev eth0
nft 'table inet other { chain forward { type filter hook forward priority 0; policy drop; }; }'
for file in ${switches}*; do echo 0 >"$file"; done`;

async function shell(script: string): Promise<string> {
  return (await run("sh", ["-ec", script])).stdout.trim();
}

/** Tells whether one reaches the other: a port without a listener is refused at once. */
async function isReached(): Promise<boolean> {
  const knock = ["timeout", "1", "bash", "-c", "echo >/dev/tcp/10.9.9.2/9"];
  return (await run("ip", ["netns", "exec", "left", ...knock], { answers: "any" })).stderr.includes("refused");
}

const state = () => shell(`cat ${switches}iptables ${switches}ip6tables ${switches}arptables | tr '\\n' ' '`);

if (inside) {
  test("other people's bridges work as before while br_netfilter is loaded, and afterwards", async () => {
    const dir = mkdtempSync(join(tmpdir(), "k3s-lab-modules-"));
    const config = gunzipSync(readFileSync("/proc/config.gz")).toString();
    writeFileSync(join(dir, "config.gz"), gzipSync(config.replaceAll(/^CONFIG_BRIDGE_NETFILTER=y$/gm, "")));
    writeFileSync(join(dir, "modprobe"), `#!/bin/sh\nfor f in ${switches}*tables; do echo 1 >$f; done\n`);
    chmodSync(join(dir, "modprobe"), 0o755);
    await shell(twoOnABridge);
    assert.ok(await isReached(), "before");

    await shell(join(dir, "modprobe"));
    assert.not(await isReached(), "what the module does to a host");
    assert.equal(missingModules(["br_netfilter"]), []);
    await ensureModules(["br_netfilter"]);
    assert.is(await state(), "1 1 1", "where others have it, nothing is changed");

    await shell(`for file in ${switches}*; do echo 0 >"$file"; done; mount --bind ${dir}/config.gz /proc/config.gz`);
    process.env.PATH = `${dir}:${process.env.PATH}`;
    assert.equal(missingModules(["br_netfilter"]), ["br_netfilter"]);
    await ensureModules(["br_netfilter"]);
    assert.is(await state(), "0 0 0");
    assert.ok(await isReached(), "after it was loaded");
    assert.is(await shell(`unshare --net cat ${switches}iptables`), "1", "a node has a value of its own");
    rmSync(dir, { recursive: true });
  });
} else if (isRoot) {
  test("in namespaces of their own", async () => {
    const env = { K3S_LAB_TEST_INSIDE: "1" };
    const args = ["--net", "--mount", process.execPath, "--import", "tsx", import.meta.filename];
    const { stdout } = await run("unshare", args, { env, answers: "any" });
    assert.match(stdout, /Passed:\s+1/, stdout);
  });
} else {
  test.skip("needs root: makes a bridge in a network namespace", () => {});
}

test.run();
