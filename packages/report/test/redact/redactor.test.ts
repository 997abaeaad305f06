import { suite } from "uvu";
import * as assert from "uvu/assert";
import { type Known, Redactor } from "../../src/redact/redactor.js";

const test = suite("report redactor");

const nothing: Known = { secrets: [], users: [], hosts: [], domains: [], macs: [] };
const clean = (text: string, known: Partial<Known> = {}) => new Redactor({ ...nothing, ...known }).redact(text);
const base64 = (text: string) => Buffer.from(text).toString("base64");

/** Asserts that a secret goes, and what is around it stays. */
function goes(text: string, secret: string, stays: readonly string[] = []): void {
  const seen = clean(text);
  assert.not.ok(seen.includes(secret), `${JSON.stringify(text)} became ${JSON.stringify(seen)}`);
  for (const each of stays) assert.ok(seen.includes(each), `${each} in ${JSON.stringify(seen)}`);
}

const stays = (text: string, known: Partial<Known> = {}) => assert.is(clean(text, known), text);

test("a known secret goes in every form in which programs write it", () => {
  const secret = 'pa"ss w/ö:rd+1';
  for (const form of [
    secret,
    JSON.stringify({ note: secret }),
    JSON.stringify({ log: JSON.stringify({ note: secret }) }),
    `q=${encodeURIComponent(secret)}`,
    base64(secret),
    Buffer.from(secret).toString("base64url"),
    Buffer.from(secret).toString("hex"),
    `see ${base64(`lab-user:${secret}`)} there`,
    `see ${base64(base64(`lab-user:${secret}`))} there`,
    `a/path/${base64(`lab-user:${secret}`)}`,
  ]) {
    const seen = clean(form, { secrets: [secret] });
    assert.match(seen, /\[(?:secret|encoded)-1\]/, form);
    assert.not.ok(seen.includes(base64(secret).slice(4, 12)), form);
  }
});

test("the same secret has the same stand-in, in every text", () => {
  const redactor = new Redactor({ ...nothing, secrets: ["hunter22", "correct horse"] });
  assert.is(redactor.redact("hunter22 correct horse"), "[secret-2] [secret-1]");
  assert.is(redactor.redact(`${encodeURIComponent("correct horse")} hunter22`), "[secret-1] [secret-2]");
  assert.equal(redactor.replaced, [{ kind: "secret", times: 4, different: 2 }]);
});

test("a value goes whose key says that it is a secret", () => {
  for (const text of [
    "password: hunter22",
    "CORP_PASSWORD=hunter22",
    'export PGPASSWORD="hunter22"',
    '{"identity_token": "hunter22"}',
    '{\\"password\\":\\"hunter22\\"}',
    "clientSecret: 'hunter22'",
    "x-api-key: hunter22",
    "  auth: hunter22",
    "tls-client-key-data: hunter22",
    "k3s agent --token hunter22 --server https://10.76.0.2:6443",
    '["k3s", "--token", "hunter22"]',
    "--registry-password=hunter22",
    'msg="login failed" password=hunter22 user=x',
    "Proxy-Authorization: Basic hunter22==",
    "authorization: bearer hunter22",
    "curl -H 'Authorization: Bearer hunter22'",
    "Cookie: id=hunter22; theme=dark",
    "password: |\n  hunter22\n  and more\nnext: 1",
  ]) {
    goes(text, "hunter22");
  }
  goes("password: |\n  hunter22\nnext: 1", "hunter22", ["password: |\n", "\nnext: 1"]);
  goes("level=info token=hunter22 node=agent1", "hunter22", ["level=info token=", " node=agent1"]);
});

test("what only names a secret stays", () => {
  for (const text of [
    "password:\n  env: CORP_PASSWORD\n",
    "password: { file: ./password }",
    "token-file: /etc/rancher/k3s/token",
    '"auth": {',
    "auth: true",
    "secrets: 3",
    "serviceAccountTokenPath: /var/run/token",
    "the token is written by the server",
  ]) {
    stays(text);
  }
});

test("credentials before a host go, in every kind of URL", () => {
  for (const [text, secret] of [
    ["https://bob:hunter22@registry.corp/v2/", "hunter22"],
    ["http_proxy=http://hunter22@proxy.corp:3128", "hunter22"],
    ["socks5h://b%40b:hunter%2F22@[fd00::5]:1080", "hunter%2F22"],
    ["http://bob:hun/ter22@proxy.corp:3128", "ter22"],
    ["proxy: bob:hunter22@proxy.corp:3128", "hunter22"],
  ] as const) {
    goes(text, secret);
  }
  for (const text of [
    "https://registry.npmjs.org/@k3s-lab/lab",
    "https://10.76.0.2:6443/@x",
    "docker://docker.io/library/web@sha256:5b1d",
  ]) {
    stays(text);
  }
});

const key = `-----BEGIN EC PRIVATE KEY-----\nMHcCAQEEIIq1zH0\nAwEHoUQDQgAE\n-----END EC PRIVATE KEY-----`;

test("keys and certificates go, whole, cut off, in one line and in base64", () => {
  assert.is(clean(`a\n${key}\nb`), "a\n[private-key-1]\nb");
  assert.is(clean(`"${key.replaceAll("\n", "\\n")}"`), '"[private-key-1]"');
  assert.match(clean(`key: ${base64(key)}`), /^key: \[(secret|encoded)-1\]$/);
  assert.not.match(clean(key.slice(0, 50)), "MHcC");
  assert.not.match(clean(key.slice(40)), "AwEHoUQDQgAE");
  assert.match(clean(key.replaceAll("PRIVATE KEY", "CERTIFICATE").replaceAll("EC ", "")), /^\[certificate-1\]$/);
  const random = "q83vASNFZ4mrze8BI0VniavN7wEjRWeJq83vASNFZ4mrze8BI0VniavN7wEjRWeJ".repeat(2);
  for (const text of [random, `Nov 30 k3s[1]: ${random}`, random.replaceAll(/.{64}/g, "$&\n  ")]) {
    assert.not.match(clean(text), "ze8BI0", text);
  }
});

test("tokens go by their form", () => {
  for (const token of [
    `K10${"0a".repeat(32)}::server:hunter22`,
    "abcdef.0123456789abcdef",
    `ey${base64('J"alg":"none"').slice(2)}`.replace(/.*/, "eyJhbGciOiJub25lIn0.eyJzdWIiOiJib2IifQ.c2ln"),
    `ghp_${"a1".repeat(18)}`,
    "glpat-abcdefghij0123456789",
    "AKIAIOSFODNN7EXAMPLE",
    `npm_${"a1".repeat(18)}`,
  ]) {
    assert.is(clean(`seen ${token} there`), "seen [secret-1] there", token);
  }
});

test("public addresses go, and private ones stay", () => {
  assert.is(clean("via 93.184.216.34 dev eth0, 93.184.216.34/24"), "via [public-ipv4-1] dev eth0, [public-ipv4-1]/24");
  assert.is(clean("ec2-93-184-216-34.compute"), "ec2-[public-ipv4-1].compute");
  const redactor = new Redactor(nothing);
  assert.is(
    redactor.redact("2a00:1450:4001:81b::200e 2A00:1450:4001:081B:0:0:0:200E"),
    "[public-ipv6-1] [public-ipv6-1]",
  );
  assert.is(
    redactor.redact("[2a00:1450::1]:443 ::ffff:93.184.216.34 2a00:1450::/32"),
    "[[public-ipv6-2]]:443 [public-ipv4-1] [public-ipv6-3]/32",
  );
  assert.is(redactor.redact("93.184.216.34"), "[public-ipv4-1]", "the same in IPv4");
  assert.is(clean("fe80::a00:27ff:fe4e:66a1/64 dev eth0"), "[public-ipv6-1]/64 dev eth0");
  for (const text of [
    "10.76.0.2/24 172.17.0.1 192.168.1.20 127.0.0.53 169.254.1.1 100.100.100.100 0.0.0.0/0 128.0.0.0/1 224.0.0.251",
    "fd00::5 fe80::1 ::1 :: ::/0 2000::/3 2001:db8::1",
    "v1.34.4+k3s1 12:34:56 std::string 6.1.0-18 k3s@v1.2.3.4",
    "sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
  ]) {
    stays(text);
  }
});

test("MAC addresses go, but for those of the lab's own machines", () => {
  assert.is(clean("link/ether 3c:22:fb:01:02:03 brd ff:ff:ff:ff:ff:ff"), "link/ether [mac-1] brd ff:ff:ff:ff:ff:ff");
  assert.is(clean("3C-22-FB-01-02-03 enx3c22fb010203"), "[mac-1] enx[mac-1]");
  stays("02:1a:2b:3c:00:02", { macs: ["02:1A:2B:3C:00:02"] });
});

test("names go as words, and in the paths of homes", () => {
  const known = { users: ["alice"], hosts: ["alices-laptop"], domains: ["corp.example"] };
  assert.is(
    clean("alice@ALICES-LAPTOP:/home/alice$ malice Alices-Laptop.corp.example", known),
    "[user-1]@[host-1]:/home/[user-1]$ malice [host-1].[domain-1]",
  );
  assert.is(clean("/home/carol/x /Users/dave /home/carol"), "/home/[user-1]/x /Users/[user-2] /home/[user-1]");
  assert.is(clean("mail to Eve.Smith@Corp.example or getty@tty1.service"), "mail to [email-1] or getty@tty1.service");
});

test("a name that is also another word goes only where it is a name", () => {
  const known = { users: ["lab"], hosts: ["debian"] };
  assert.is(
    clean("lab:up in /home/lab/k3s on debian 12, user=lab, uid=1000(lab)", known),
    "lab:up in /home/[user-1]/k3s on debian 12, user=[user-1], uid=1000([user-1])",
  );
  assert.is(
    clean(
      "Nov 30 16:00:01 debian k3s[1]: x\nLinux debian 6.1.0\n2026-11-30T16:00:01+0000 debian k3s: debian:12",
      known,
    ),
    "Nov 30 16:00:01 [host-1] k3s[1]: x\nLinux [host-1] 6.1.0\n2026-11-30T16:00:01+0000 [host-1] k3s: debian:12",
  );
});

test("ids of machines go", () => {
  assert.is(clean('"systemUUID": "4c4c4544-0042"'), '"systemUUID": "[machine-id-1]"');
});

test("an ordinary log is left as it is", () => {
  stays(`Nov 30 16:12:03 multi k3s[214]: time="2026-11-30T16:12:03Z" level=info msg="Starting k3s v1.34.4+k3s1 (c6017918)"
I1130 16:12:05.000000     214 server.go:159] Version: v1.34.4+k3s1 path=/var/lib/rancher/k3s/agent/containerd/io.containerd.snapshotter.v1.overlayfs
pulled docker.io/rancher/mirrored-coredns-coredns:1.12.3@sha256:${"ab".repeat(32)} in 1.2s
agent1   Ready    <none>   3m   v1.34.4+k3s1   10.76.0.11   <none>   Debian GNU/Linux 12 (bookworm)   6.1.0-18-amd64
pod/coredns-7f9c69c78c-x7k2p kube-system/local-path-provisioner-578895bd58-abcde`);
});

test("no text takes long", () => {
  const redactor = new Redactor({ ...nothing, secrets: ["hunter22"], users: ["lab", "alice"], hosts: ["debian"] });
  for (const part of [
    "a",
    "QUJD",
    "-----BEGIN X-----",
    "-----END X-----\n",
    "a:",
    'password="',
    "http://a:b",
    `${"A".repeat(70)}\n`,
    "ab:",
    "1.2.3.",
    "a_",
    "%41",
    "token",
    "a-token-",
    "password: |\n  x\n",
    '{"auth":{',
    "a@b.",
    "/home/",
  ]) {
    const started = performance.now();
    redactor.redact(part.repeat(200_000 / part.length));
    const ms = performance.now() - started;
    assert.ok(ms < 5_000, `${part}: ${ms} ms`);
  }
});

test("an endless line is cut", () => {
  assert.match(clean("x ".repeat(10_000)), /x {1,2}\(10000 more characters were left out\)$/);
});

test("what was taken out once is not taken out of itself", () => {
  const redactor = new Redactor({ ...nothing, secrets: ["hunter22"], users: ["secret"], hosts: ["mac"] });
  const once = redactor.redact("password: hunter22, 3c:22:fb:01:02:03");
  assert.is(redactor.redact(once), once);
  assert.is(once, "password: [secret-1], [mac-1]");
});

test.run();
