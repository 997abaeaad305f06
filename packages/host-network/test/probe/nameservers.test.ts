import { nameserversOf } from "../../src/probe/nameservers.js";
import { suite } from "uvu";
import * as assert from "uvu/assert";

const test = suite("host-network nameservers");
const files = (all: Readonly<Record<string, string>>) => (file: string) => all[file];

const resolved = "/run/systemd/resolve/resolv.conf";
const stub = "# stub\nnameserver 127.0.0.53\noptions edns0 trust-ad\n";

test("takes what resolv.conf names, IPv4, once each", () => {
  const text =
    "search lan\nnameserver 192.168.1.1\nnameserver fe80::1%eth0\n nameserver\t9.9.9.9 \nnameserver 192.168.1.1\n";
  const ignored = "nameserver 8.8.8.8\n";
  assert.equal(nameserversOf(files({ "/etc/resolv.conf": text, [resolved]: ignored })), ["192.168.1.1", "9.9.9.9"]);
});

test("looks behind a stub of systemd-resolved or NetworkManager", () => {
  const behind = "nameserver 192.168.1.1\nnameserver 10.43.0.10\n";
  assert.equal(nameserversOf(files({ "/etc/resolv.conf": stub, [resolved]: behind })), ["192.168.1.1", "10.43.0.10"]);
  const manager = "/run/NetworkManager/no-stub-resolv.conf";
  const dnsmasq = "nameserver 127.0.1.1\n";
  assert.equal(nameserversOf(files({ "/etc/resolv.conf": dnsmasq, [manager]: "nameserver 192.168.1.1\n" })), [
    "192.168.1.1",
  ]);
});

test("a host that resolves by itself, or not at all, has none", () => {
  assert.equal(nameserversOf(files({ "/etc/resolv.conf": "nameserver 127.0.0.1\n" })), []);
  assert.equal(nameserversOf(files({})), []);
  assert.equal(nameserversOf(files({ "/etc/resolv.conf": "# nameserver 1.1.1.1\n" })), []);
});

test.run();
