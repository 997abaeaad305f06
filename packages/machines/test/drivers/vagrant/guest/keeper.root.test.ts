import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { run } from "@k3s-lab/exec";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { keeperFile, lanFiles } from "../../../../src/drivers/vagrant/guest/guest-files.js";
import { busybox, debian, type Tools } from "../../../tools.js";
import { network } from "../sample.js";

const test = suite("vagrant guest keeper");

/** A guest after Vagrant has booted it: an address and the default route by NAT, the interface on the LAN untouched. */
const guest = `set -e
mount -t sysfs sysfs /sys
mount -t tmpfs tmpfs /run
ip link set lo up
ip link add nat0 type veth peer name nat1
ip link add lan0 address ${network.mac} type veth peer name lan1
for link in nat0 nat1 lan1; do ip link set $link up; done
ip address add 10.0.2.15/24 dev nat0
nat() { ip route add default via 10.0.2.2 dev nat0 "$@"; }
see() {
  echo "$1: $(ip -4 -o address show dev lan0 | sed 's/.* inet \\([^ ]*\\) .*/\\1/' | tr '\\n' ' ')| $(ip route show default | tr '\\n' ';')| $(tr '\\n' ';' <"$K3S_LAB_ROOT/etc/resolv.conf")"
}
until_right() {
  for try in $(seq 100); do
    case "$(see x)" in "x: $right") break;; esac
    sleep 0.1
  done
  see "$1"
}
right='192.168.1.110/24 | default via 192.168.1.1 dev lan0 ;| nameserver 8.8.8.8;nameserver 9.9.9.9;'
`;

const right = "192.168.1.110/24 | default via 192.168.1.1 dev lan0 ;| nameserver 8.8.8.8;nameserver 9.9.9.9;";

const once = `
nat
nat metric 100
$keeper link
$keeper apply
see "after NAT's two routes"
ip route show dev nat0
ip address add 192.168.1.200/32 dev lan0
nat metric 202
$keeper apply
ip -4 -o address show dev lan0 | grep -c 192.168.1.200
see2=$(see "with a virtual address")
echo "\${see2#*|}"
`;

const watching = `
nat
$keeper watch &
watcher=$!
until_right "at the start"
nat metric 100
until_right "a lease renewed"
ip link set lan0 down
ip link set lan0 up
until_right "down and up"
ip link set lan1 down
nat metric 100
ip link set lan1 up
until_right "cable pulled and put back"
echo 'nameserver 10.0.2.3' >"$K3S_LAB_ROOT/etc/resolv.conf"
until_right "resolver rewritten"
kill $watcher
wait $watcher || echo "ended with $?"
`;

/** A udev that is slow to rename what is still down. */
const booting = `
mkdir "$K3S_LAB_ROOT/bin"
cat >"$K3S_LAB_ROOT/bin/udevadm" <<'end'
#!/bin/sh
echo "udevadm $1, lan0 $(cat /sys/class/net/lan0/operstate)"
ip link set lan0 name ens5
end
chmod 755 "$K3S_LAB_ROOT/bin/udevadm"
$keeper wait
$keeper link
ip route show default
`;

/** What a script starts ends with it. */
const apart = ["--net", "--mount", "--pid", "--fork", "--kill-child"] as const;

async function inGuest({ shell, path }: Tools, script: string): Promise<string[]> {
  const root = mkdtempSync(join(tmpdir(), "k3s-lab-guest-"));
  try {
    for (const { path: file, content, mode } of [...lanFiles(network), keeperFile()]) {
      mkdirSync(dirname(root + file), { recursive: true });
      writeFileSync(root + file, content);
      chmodSync(root + file, mode);
    }
    // As systemd-resolved has it.
    mkdirSync(join(root, "run"));
    writeFileSync(join(root, "run/stub"), "nameserver 127.0.0.53\n");
    symlinkSync("../run/stub", join(root, "etc/resolv.conf"));
    const keeper = `keeper="env PATH=${root}/bin:${path} ${shell} ${root}${keeperFile().path}"\n`;
    const { stdout } = await run("unshare", [...apart, "sh", "-c", guest + keeper + script], {
      env: { K3S_LAB_ROOT: root },
    });
    return stdout.split("\n");
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
}

if (process.platform === "linux" && process.getuid?.() === 0) {
  const applets = mkdtempSync(join(tmpdir(), "k3s-lab-busybox-"));
  test.after(() => rmSync(applets, { recursive: true, force: true }));

  for (const [name, tools] of [
    ["Debian", async () => debian],
    ["busybox", () => busybox(applets)],
  ] as const) {
    test(`${name}: leaves one address, the lab's, one default route and the lab's resolvers`, async () => {
      assert.equal(await inGuest(await tools(), once), [
        "lan0",
        `after NAT's two routes: ${right}`,
        "10.0.2.0/24 proto kernel scope link src 10.0.2.15 ",
        "1",
        ` default via 192.168.1.1 dev lan0 ;| nameserver 8.8.8.8;nameserver 9.9.9.9;`,
      ]);
    });

    test(`${name}: lets udev name the interface before it is set up`, async () => {
      assert.equal(await inGuest(await tools(), booting), [
        "udevadm settle, lan0 down",
        "ens5",
        "default via 192.168.1.1 dev ens5 ",
      ]);
    });

    test(`${name}: sets them again whatever changes them, until it is ended`, async () => {
      const seen = await inGuest(await tools(), watching);
      assert.equal(
        seen,
        ["at the start", "a lease renewed", "down and up", "cable pulled and put back", "resolver rewritten"].map(
          (moment) => `${moment}: ${right}`,
        ),
      );
    });
  }
} else {
  console.log("skipped: the keeper's tests need root on Linux, for a network namespace of their own");
}

test.run();
