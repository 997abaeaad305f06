import { spawnSync } from "node:child_process";
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { guestFiles } from "../../../../src/drivers/vagrant/guest/guest-files.js";
import { guestScript } from "../../../../src/drivers/vagrant/guest/guest-script.js";
import { network } from "../sample.js";

const test = suite("vagrant guest script");

/** A root file system with these files, by path. */
function emulate(files: Readonly<Record<string, string>>): string {
  const root = mkdtempSync(join(tmpdir(), "k3s-lab-root-"));
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), content);
  }
  return root;
}

function provision(root: string): void {
  const { status, stderr } = spawnSync("sh", ["-s"], {
    input: guestScript(network),
    // Of the host only its ordinary tools, and before them what the guest has.
    env: { PATH: `${join(root, "bin")}:/usr/bin:/bin`, K3S_LAB_ROOT: root },
    encoding: "utf8",
  });
  assert.is(stderr, "");
  assert.is(status, 0);
}

/** All files but those that were there, with their content. */
function written(root: string, before: Readonly<Record<string, string>>): ReadonlyMap<string, string> {
  const files = readdirSync(root, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  const all = files.map((entry) => join(entry.parentPath, entry.name));
  const contents = all.map((file) => [file.slice(root.length), readFileSync(file, "utf8")] as const);
  return new Map(contents.filter(([path, content]) => before[path] !== content));
}

const everywhere = ["/etc/k3s-lab/lan", "/etc/k3s-lab/resolv.conf", "/usr/local/sbin/k3s-lab-network"];

const debianUdhcpc = `#!/bin/sh
RESOLV_CONF="/etc/resolv.conf"
case $1 in bound) echo "router=$router dns=$dns to $RESOLV_CONF" ;; esac
`;

const guests = {
  "Debian with ifupdown and dhclient": {
    files: { "/usr/lib/systemd/systemd": "", "/sbin/dhclient-script": "" },
    written: ["/etc/dhcp/dhclient-enter-hooks.d/k3s-lab", "/etc/systemd/system/k3s-lab-network.service"],
  },
  "Ubuntu with systemd-networkd and systemd-resolved": {
    files: {
      "/lib/systemd/systemd": "",
      "/lib/systemd/systemd-networkd": "",
      "/usr/lib/systemd/systemd-resolved": "",
      "/etc/netplan/50-cloud-init.yaml": "",
    },
    written: [
      "/etc/systemd/network/03-k3s-lab-lan.network",
      "/etc/systemd/networkd.conf.d/k3s-lab.conf",
      "/etc/systemd/resolved.conf.d/k3s-lab.conf",
      "/etc/systemd/system/k3s-lab-network.service",
    ],
  },
  "a guest with NetworkManager": {
    files: { "/usr/lib/systemd/systemd": "", "/etc/NetworkManager/NetworkManager.conf": "" },
    written: ["/etc/NetworkManager/conf.d/90-k3s-lab.conf", "/etc/systemd/system/k3s-lab-network.service"],
  },
  "Alpine with OpenRC and udhcpc": {
    files: { "/sbin/openrc-run": "", "/usr/share/udhcpc/default.script": "", "/etc/network/interfaces": "" },
    written: ["/etc/udhcpc/udhcpc.conf", "/etc/init.d/k3s-lab-network", "/etc/logrotate.d/k3s-lab-network"],
  },
  "OpenRC with Debian's udhcpc and dhcpcd": {
    files: { "/usr/sbin/openrc-run": "", "/etc/udhcpc/default.script": debianUdhcpc, "/etc/dhcpcd.conf": "hostname\n" },
    written: [
      "/etc/udhcpc/default.script",
      "/etc/dhcpcd.conf",
      "/etc/init.d/k3s-lab-network",
      "/etc/logrotate.d/k3s-lab-network",
    ],
  },
} as const;

if (process.platform === "win32") {
  console.log("skipped: the guest's script needs a POSIX shell");
} else {
  for (const [name, guest] of Object.entries(guests)) {
    test(`${name} gets the files for what it runs, and no others; twice is once`, () => {
      const before: Readonly<Record<string, string>> = guest.files;
      const root = emulate(before);
      try {
        provision(root);
        const once = written(root, before);
        assert.equal([...once.keys()].toSorted(), [...everywhere, ...guest.written].toSorted());
        for (const { path, content, mode, block } of guestFiles(network)) {
          if (!once.has(path) || block !== undefined) continue;
          assert.is(once.get(path), content, path);
          assert.is(statSync(join(root, path)).mode & 0o777, mode, path);
        }
        provision(root);
        assert.equal(written(root, before), once);
      } finally {
        rmSync(root, { recursive: true, force: true });
      }
    });
  }

  test("another program's configuration stays, beside the lab's", () => {
    const root = emulate({
      "/etc/dhcpcd.conf": "hostname\ninterface eth1\nstatic routers=1.2.3.4\n",
      "/usr/share/udhcpc/default.script": "",
      "/etc/udhcpc/udhcpc.conf": 'NO_GATEWAY="wlan0"\n',
    });
    try {
      provision(root);
      assert.match(
        readFileSync(join(root, "/etc/dhcpcd.conf"), "utf8"),
        /^# k3s-lab begin\nnogateway\n[^]*# k3s-lab end\nhostname\n/,
      );
      const conf = join(root, "/etc/udhcpc/udhcpc.conf");
      const { stdout } = spawnSync(
        "sh",
        ["-c", `. ${conf}; echo "$NO_GATEWAY,$RESOLV_CONF,\${router-unset},\${staticroutes-unset},\${dns-unset}"`],
        {
          env: { interface: "eth0", router: "10.0.2.2", staticroutes: "0.0.0.0/0 10.0.2.2", dns: "10.0.2.3" },
          encoding: "utf8",
        },
      );
      assert.is(stdout, "wlan0 eth0,no,unset,unset,unset\n");
    } finally {
      rmSync(root, { recursive: true, force: true });
    }
  });

  test("networkd's own file for the NAT stays, with a drop-in; the LAN's interface and others get none", () => {
    const root = emulate({
      "/sys/class/net/lo/address": "00:00:00:00:00:00\n",
      "/sys/class/net/eth0/address": "52:54:00:00:00:01\n",
      "/sys/class/net/eth0/device/vendor": "",
      "/sys/class/net/eth1/address": `${network.mac}\n`,
      "/sys/class/net/eth1/device/vendor": "",
      "/bin/networkctl": `#!/bin/sh
case $3 in
eth0) printf '2: eth0\\n       Link File: n/a\\n    Network File: /run/systemd/network/10-netplan-eth0.network\\n' ;;
*) printf '    Network File: /etc/systemd/network/other.network\\n' ;;
esac
`,
    });
    try {
      chmodSync(join(root, "bin/networkctl"), 0o755);
      provision(root);
      const dropIns = readdirSync(join(root, "/etc/systemd/network"));
      assert.equal(dropIns, ["10-netplan-eth0.network.d"]);
      const dropIn = join(root, "/etc/systemd/network/10-netplan-eth0.network.d/k3s-lab.conf");
      const text = readFileSync(dropIn, "utf8");
      assert.match(text, "[DHCPv4]\nUseRoutes=no\n");
      assert.not.match(text, "RequiredForOnline", "networkd-wait-online would wait in vain");
    } finally {
      rmSync(root, { recursive: true, force: true });
    }
  });

  test("Debian's udhcpc hears of no router and no resolver", () => {
    const root = emulate({ "/etc/udhcpc/default.script": debianUdhcpc });
    try {
      provision(root);
      const { stdout } = spawnSync("sh", [join(root, "/etc/udhcpc/default.script"), "bound"], {
        env: { router: "10.0.2.2", dns: "10.0.2.3" },
        encoding: "utf8",
      });
      assert.is(stdout, "router= dns= to /dev/null\n");
      assert.not.ok(existsSync(join(root, "/etc/udhcpc/default.script.k3s-lab-new")));
    } finally {
      rmSync(root, { recursive: true, force: true });
    }
  });

  test("the shells of Debian and of bash find no mistake in it", () => {
    for (const shell of ["sh", "bash"]) {
      const { stderr } = spawnSync(shell, ["-n"], { input: guestScript(network), encoding: "utf8" });
      assert.is(stderr ?? "", "");
    }
  });
}

test.run();
