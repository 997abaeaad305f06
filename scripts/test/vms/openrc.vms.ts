// A machine with OpenRC, ifupdown and busybox's udhcpc, of Debian's packages: Alpine itself is not among what package
// registries have. Vagrant takes it for Alpine. K3s comes last: all before is of the machine alone.
import { readyNodes } from "../drive-lab.js";
import { rootOnly } from "@k3s-lab/testbed";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import {
  bootOf,
  inOrder,
  lanLink,
  minutes,
  network,
  renewLease,
  sleepAWeek,
  timed,
  until,
  virtualLab,
  type VirtualLab,
  wantedNetwork,
  week,
} from "./virtual-lab.js";

const test = suite("a machine with OpenRC");
const realTest = rootOnly("a machine with OpenRC", test);
const step = inOrder(realTest);

let lab: VirtualLab;
let link: string;

const service = "k3s-lab-network";
/** Which boot the kubelet has reported, and whether it called itself Ready. */
const bootAndReady = `{.items[0].status.nodeInfo.bootID} {.items[0].status.conditions[?(@.type=="Ready")].status}`;

const renewTime = "jsonpath={.spec.renewTime}";

interface Rollout {
  readonly status: {
    readonly replicas?: number;
    readonly updatedReplicas?: number;
    readonly availableReplicas?: number;
  };
}

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
  const pid = "cat /run/k3s-lab-network.pid; pidof -x k3s-lab-network";
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

step("lab:up: K3s is Ready under OpenRC, and the registry is verified", async () => {
  const said = await timed("lab:up", () => lab.lab.npmOk("lab:up", [], { timeout: 60 * minutes }));
  assert.match(said, "registry verified");
  assert.equal(await readyNodes(lab.lab), ["multi"]);
  await lab.inside("multi", "rc-service -q k3s status && rc-service -q lab-node-guard status");
});

step("a reboot from inside: K3s comes back by itself", async () => {
  const before = await bootOf(lab, "multi");
  await lab.lab.npm("lab:exec", ["multi", "reboot"], { timeout: 120_000 });
  await timed("reboot until Ready", async () => {
    await isBack(before);
    await until("multi is Ready in the new boot", async () => {
      const [boot = "", ready = ""] = (await lab.lab.kubectl("get", "nodes", "-o", `jsonpath=${bootAndReady}`)).split(
        " ",
      );
      return boot !== before && ready === "True";
    });
  });
});

step("after a week's sleep K3s goes on by the new time, and lab:up has nothing to mend", async () => {
  await lab.lab.kubectl("create", "configmap", "before-the-week", "--from-literal=is=here");
  const slept = Date.now();
  await sleepAWeek(lab, ["multi"]);
  await timed("Ready after the week", () =>
    until("multi renews its lease by the new time, and is Ready", async () => {
      const renewed = await lab.lab.kubectl("get", "lease", "multi", "-n", "kube-node-lease", `-o=${renewTime}`);
      return Date.parse(renewed) > slept + week && (await readyNodes(lab.lab)).join() === "multi";
    }),
  );
  assert.is(await lab.lab.kubectl("get", "configmap", "before-the-week", "-o=jsonpath={.data.is}"), "here");
  // What controllers, the scheduler and the kubelet do from now on: a new pod needs a token that is valid by the new time.
  await lab.lab.kubectl("rollout", "restart", "deployment/coredns", "-n", "kube-system");
  await until("a new CoreDNS serves", async () => {
    const seen = await lab.lab.kubectlJson<Rollout>("get", "deployment", "coredns", "-n", "kube-system");
    const { updatedReplicas = 0, availableReplicas = 0, replicas = 0 } = seen.status;
    return updatedReplicas === 1 && availableReplicas === 1 && replicas === 1;
  });
  const said = await timed("lab:up after the week", () => lab.lab.npmOk("lab:up", [], { timeout: 60 * minutes }));
  assert.match(said, "registry verified");
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
