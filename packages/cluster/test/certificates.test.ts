import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { formatKubeconfig } from "@k3s-lab/kube";
import { certificatesOf, certificatesSection } from "../src/certificates.js";
import { whyRefused } from "../src/kubeconfig-certificate.js";

const test = suite("cluster certificates");
const script = fileURLToPath(new URL("../shell/certificates.sh", import.meta.url));
const day = 24 * 3_600_000;

function certificate(name: string, days: number): string {
  const words = [
    "req",
    "-x509",
    "-newkey",
    "ec",
    "-pkeyopt",
    "ec_paramgen_curve:P-256",
    "-nodes",
    "-keyout",
    "/dev/null",
  ];
  return execFileSync("openssl", [...words, "-subj", `/CN=${name}`, "-days", String(days)], {
    encoding: "utf8",
    stdio: ["ignore", "pipe", "ignore"],
  });
}

test("a node's certificates are read where K3s has them, the one that ends first before the others", () => {
  const dir = mkdtempSync(join(tmpdir(), "k3s-lab-certificates-"));
  try {
    for (const folder of ["server/tls/etcd", "agent"]) mkdirSync(join(dir, folder), { recursive: true });
    const own = certificate("own", 365);
    const authority = certificate("authority", 3650);
    writeFileSync(join(dir, "server/tls/etcd/server.crt"), own);
    // A chain: what it ends with is the authority's, which ends later.
    writeFileSync(join(dir, "agent/client.crt"), `${certificate("client", 10)}${authority}`);
    writeFileSync(join(dir, "server/tls/server-ca.crt"), authority);
    writeFileSync(join(dir, "server/tls/broken.crt"), "no certificate\n");
    writeFileSync(join(dir, "server/tls/client.key"), "a key\n");
    const printed = execFileSync("sh", [script, dir], { encoding: "utf8" });
    assert.not.match(printed, "a key");
    const seen = certificatesSection.parse(printed);
    assert.equal(
      seen.map(({ name }) => name),
      ["agent/client.crt", "server/tls/etcd/server.crt", "server/tls/server-ca.crt"],
    );
    assert.ok(seen.every(({ written = 0 }) => Math.abs(written - Date.now() / 1000) < 60));
    const days = seen.map(({ ends }) => Math.round((Date.parse(ends) - Date.now()) / day));
    assert.equal(days, [10, 365, 3650]);
  } finally {
    rmSync(dir, { recursive: true });
  }
});

test("a kubeconfig whose certificate has ended is told before kubectl asks for a login", async () => {
  const dir = mkdtempSync(join(tmpdir(), "k3s-lab-certificates-"));
  const file = join(dir, "kubeconfig");
  const own = Buffer.from(certificate("admin", 10)).toString("base64");
  const server = { server: "https://10.76.0.10:6443", ca: "Q0E=", key: "S0VZ" };
  writeFileSync(file, formatKubeconfig("lab", { ...server, certificate: own }));
  const said = (days: number) => whyRefused(file, Date.now() + days * day);
  assert.is(await said(9), undefined);
  assert.match((await said(11)) ?? "", /kubeconfig: its certificate ended on 20.* Run `npm run lab:up`/);
  rmSync(file);
  assert.is(await said(11), undefined);
  rmSync(dir, { recursive: true });
});

test("a node without K3s has none", () => {
  const dir = mkdtempSync(join(tmpdir(), "k3s-lab-certificates-"));
  assert.equal(certificatesSection.parse(execFileSync("sh", [script, dir], { encoding: "utf8" })), []);
  rmSync(dir, { recursive: true });
  assert.throws(() => execFileSync("sh", [script, dir], { stdio: "pipe" }), /cd/);
  assert.equal(certificatesOf([["none", ""]]), []);
});

test.run();
