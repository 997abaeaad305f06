import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { certificatesOf, certificatesSection } from "../src/certificates.js";

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
    const days = seen.map(({ ends }) => Math.round((Date.parse(ends) - Date.now()) / day));
    assert.equal(days, [10, 365, 3650]);
  } finally {
    rmSync(dir, { recursive: true });
  }
});

test("a node without K3s has none", () => {
  const dir = mkdtempSync(join(tmpdir(), "k3s-lab-certificates-"));
  assert.equal(certificatesSection.parse(execFileSync("sh", [script, dir], { encoding: "utf8" })), []);
  rmSync(dir, { recursive: true });
  assert.throws(() => execFileSync("sh", [script, dir], { stdio: "pipe" }), /cd/);
  assert.equal(certificatesOf([["none", ""]]), []);
});

test.run();
