// A whole lab on a host that is hardened, runs other machines, and is changed by other programs afterwards.
// Runs alone: it changes the real host's sysctls and puts them back.
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync, gzipSync } from "node:zlib";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { systemDir } from "@k3s-lab/host";
import { diffSnapshots, type EmulatedHost, emulateHost, rootOnly, type Snapshot } from "@k3s-lab/testbed";
import { driveLab, readyNodes, upChangesNothing } from "./drive-lab.js";

const test = suite("a lab on a shared host");
const realTest = rootOnly("a lab on a shared host", test);

const two = "nodes:\n  - { name: multi, role: server }\n  - { name: agent1 }\n";
const switches = "/proc/sys/net/bridge/bridge-nf-call";

/** Disks as hardening guides want them: the machines' without devices and setuid, the lab's folder without programs. */
const hardened = `
mount --bind ${systemDir}/rootfs "$0/rootfs"
mount -t tmpfs -o nosuid,nodev,size=8g tmpfs ${systemDir}
mkdir ${systemDir}/rootfs ${systemDir}/host
mount --bind "$0/rootfs" ${systemDir}/rootfs
mount -o remount,bind,nosuid,nodev ${systemDir}/rootfs
umount "$0/rootfs"
mount --bind "$0" "$0"
mount -o remount,bind,noexec "$0"`;

/** Two foreign machines on a bridge of their own, and a kernel on which br_netfilter can be loaded. */
const othersBridge = `
mkdir -p /run/netns
mount -t tmpfs tmpfs /run/netns
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
for file in ${switches}-*; do echo 0 >"$file"; done
mount --bind "$0/config.gz" /proc/config.gz
printf '127.0.1.1\\tmulti\\n' >>/etc/hosts`;

/** What the module does when it is loaded: the build hosts' kernel has it built in. */
const modprobe = `#!/bin/sh
for file in ${switches}-*tables; do echo 1 >"$file"; done
umount /proc/config.gz
echo "$@" >>"\${0%/*}/loaded"
`;

realTest("what is hardened, other people's machines, and what other programs undo", async () => {
  await using world = await emulateHost({ forward: "iptables-drop" });
  const strict: Pick<EmulatedHost, "run"> = {
    run: (command, args, options) =>
      world.host.run("sh", ["-c", 'umask 077; exec "$0" "$@"', command, ...args], options),
  };
  await using lab = await driveLab(strict, two);
  const shell = async (script: string) => (await world.host.run("sh", ["-ec", script, lab.dir])).stdout.trim();
  const config = gunzipSync(readFileSync("/proc/config.gz")).toString();
  writeFileSync(join(lab.dir, "config.gz"), gzipSync(config.replaceAll(/^CONFIG_BRIDGE_NETFILTER=y$/gm, "")));
  writeFileSync(join(lab.dir, "modprobe"), modprobe, { mode: 0o755 });
  await shell(`mkdir "$0/rootfs" "$0/sbin"`);
  await shell(hardened + othersBridge);
  await shell(`mount -t tmpfs tmpfs "$0/sbin"; install -m 755 "$0/modprobe" "$0/sbin/"`);
  const PATH = `${lab.dir}/sbin:${process.env.PATH}`;
  // A computer refuses a port without a listener at once: it was reached.
  const isReached = async () => {
    const knock = "ip netns exec left timeout 1 bash -c 'echo >/dev/tcp/10.9.9.2/9'";
    return (await world.host.run("sh", ["-c", knock], { answers: "any" })).stderr.includes("refused");
  };
  const inside = async (script: string) => (await lab.npmOk("lab:exec", ["agent1", "sh", "-ec", script])).trim();

  assert.ok(await isReached(), "before");
  const before = await lab.snapshot();
  const up = await lab.npm("lab:up", [], { env: { PATH } });
  assert.match(up.stdout, "registry verified", up.stderr);
  assert.match(up.stderr, "multi is 127.0.1.1 (/etc/hosts, line 3), not the registry. Take the name out of that line");
  assert.equal(await readyNodes(lab), ["agent1", "multi"]);

  assert.match(await shell(`cat "$0/sbin/loaded"`), "br_netfilter");
  assert.ok(await isReached(), "during");
  assert.is(await inside(`cat ${switches}-iptables`), "1", "a node has a switch of its own");

  const modes = "stat -c '%a %n' / /etc /etc/hosts /etc/resolv.conf /etc/k3s-lab /etc/rancher /var/lib/rancher";
  assert.equal((await inside(modes)).split("\n"), [
    "755 /",
    "755 /etc",
    "644 /etc/hosts",
    "644 /etc/resolv.conf",
    "755 /etc/k3s-lab",
    "755 /etc/rancher",
    "755 /var/lib/rancher",
  ]);
  const nobody = "setpriv --reuid 65534 --clear-groups";
  assert.match(await inside(`${nobody} getent hosts multi`), /^10\.76\.0\.10\s+multi/);
  assert.is(await inside(`cp /usr/bin/id /tmp/id; chmod u+s /tmp/id; ${nobody} /tmp/id -u`), "0", "setuid works");
  assert.is(
    await shell(`stat -c %a "$0/.lab" "$0/.lab/machines.json" "$0/.lab/secrets.json" | tr '\\n' ' '`),
    "755 644 600",
  );

  for (const undo of ["nft flush ruleset; ip rule delete pref 1076; ip rule delete pref 1077", dockerRestarts]) {
    await shell(undo);
    const { exitCode, stdout } = await lab.npm("lab:status");
    assert.is(exitCode, 1, stdout);
    assert.match(stdout, /: degraded[\s\S]*Missing on the host; `npm run doctor -- --fix` restores it:\n {2}host: /);
    await lab.npm("doctor", ["--fix", "--no-probe"]);
    assert.match(await lab.npmOk("lab:status"), "rules, routes, firewall and forwarding as the lab needs them");
  }
  await upChangesNothing(lab, { env: { PATH } });

  await lab.npmOk("lab:down");
  assert.ok(await isReached(), "afterwards");
  // Others have changed the firewall since, and loading the module has changed the mounts.
  const kept = (seen: Snapshot): Snapshot => ({ ...seen, nftables: [], iptables: [], mounts: [] });
  assert.is(diffSnapshots(kept(before), kept(await lab.snapshot())), "");
});

/** Docker sets its policy, and its chains before all others', whenever it starts. */
const dockerRestarts = `iptables-restore <<'end'
*filter
:INPUT ACCEPT
:FORWARD DROP
:OUTPUT ACCEPT
:DOCKER-USER -
-A FORWARD -j DOCKER-USER
-A DOCKER-USER -j RETURN
COMMIT
end`;

test.run();
