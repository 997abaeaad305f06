// Programs in the network of a pod, on the emulated host, which here is a node itself.
import { isRoot, rootOnly } from "@k3s-lab/testbed";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import type { EmulatedHost } from "@k3s-lab/testbed";
import { inPod } from "../../src/canary/connect.js";
import { type Cluster, emulateCluster } from "./fixtures/cluster.js";

const test = suite("doctor canary pod network (root)");
const rootTest = rootOnly("doctor canary pod network (root)", test);

let cluster: Cluster;
test.before(async () => {
  if (isRoot) cluster = await emulateCluster();
});
test.after(async () => cluster?.[Symbol.asyncDispose]());

const say = async (script: string, run?: EmulatedHost["run"]): Promise<string> =>
  (await inPod(run ?? cluster.host.run)("sh", ["-c", script])).stdout.trim();

rootTest("a node that has never had a pod, nor flannel, reports so", async () => {
  assert.is(await say("echo inside"), "attempt absent: no pod runs on it, and flannel has no subnet");
});

rootTest("on a node without pods a network like a pod's is made, which ends with the program", async () => {
  await cluster.sh("echo FLANNEL_SUBNET=10.42.9.1/24 >/run/flannel/subnet.env");
  const links = await cluster.sh("ip -br link | cut -d' ' -f1; ip route");
  // The node forwards what comes from there, as from a pod.
  await cluster.sh(`nft 'table ip seen { chain forward {
    type filter hook forward priority 0
    iifname lab-canary ip saddr 10.42.9.254 ip daddr 203.0.113.9 counter reject with icmp host-unreachable
  }; }'`);
  assert.match(
    await say("ip -4 -br address; timeout 2 bash -c 'echo >/dev/tcp/203.0.113.9/9' 2>&1 || true"),
    /10\.42\.9\.254\/32[^]*No route to host/,
  );
  assert.match(await cluster.sh("nft list table ip seen"), /counter packets [12] /);
  assert.is(await cluster.sh("ip -br link | cut -d' ' -f1; ip route"), links);
});

rootTest("a network that an ended pod has left behind is skipped", async () => {
  await cluster.sh("touch /run/netns/cni-one; mount --bind /run/netns/pod1 /run/netns/cni-one");
  assert.match(await say("ip -4 -br address"), "10.42.1.7/24");
  // The newest network is tried first.
  await cluster.sh("ip netns add cni-two; ip -n cni-two link set lo up");
  assert.match(await say("ip -4 -br address"), "10.42.1.7/24");
});

rootTest("a node that cannot enter networks reports so", async () => {
  const bare: EmulatedHost["run"] = (command, args, options) =>
    cluster.host.run("env", ["PATH=/no", `/bin/${command}`, ...args], options);
  assert.is(await say("echo inside", bare), "attempt failed: it has no nsenter");
});

test.run();
