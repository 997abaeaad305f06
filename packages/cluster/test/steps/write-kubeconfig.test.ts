import { execFileSync } from "node:child_process";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { formatKubeconfig, type Kubeconfig } from "@k3s-lab/kube";
import { isGood } from "../../src/steps/write-kubeconfig.js";

const test = suite("cluster write-kubeconfig");

/** A client's certificate and key, self-signed: its issuer is this name. */
function issue(issuer: string, days: number): Pick<Kubeconfig, "certificate" | "key"> {
  const args = ["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"];
  const pem = execFileSync("openssl", [...args, "-subj", `/CN=${issuer}`, "-days", String(days), "-keyout", "-"], {
    stdio: ["ignore", "pipe", "ignore"],
  });
  const [key = "", certificate = ""] = pem.toString().split(/(?=-----BEGIN CERTIFICATE)/);
  return { certificate: Buffer.from(certificate).toString("base64"), key: Buffer.from(key).toString("base64") };
}

const server = { server: "https://10.76.0.10:6443", ca: "Y2E=" };
const ours = { ...server, ...issue("k3s-client-ca@1", 365) };
const text = formatKubeconfig("k3s-lab", ours);

test("the same is good, and another server, CA or name is not", () => {
  assert.ok(isGood(text, "k3s-lab", ours));
  assert.not.ok(isGood(text, "other", ours));
  assert.not.ok(isGood(text, "k3s-lab", { ...ours, server: "https://10.76.0.11:6443" }));
  assert.not.ok(isGood(text, "k3s-lab", { ...ours, ca: "Y2Ey" }));
  assert.not.ok(isGood(`${text}# by hand\n`, "k3s-lab", ours));
  assert.not.ok(isGood("", "k3s-lab", ours));
});

test("a certificate that K3s issued at an earlier start stays good, as long as it is valid", () => {
  assert.ok(isGood(text, "k3s-lab", { ...server, ...issue("k3s-client-ca@1", 365) }));
  const old = formatKubeconfig("k3s-lab", { ...server, ...issue("k3s-client-ca@1", 20) });
  assert.not.ok(isGood(old, "k3s-lab", ours));
});

test("one of another CA is replaced, and so is one that cannot be read", () => {
  assert.not.ok(isGood(text, "k3s-lab", { ...server, ...issue("k3s-client-ca@2", 365) }));
  const cut = formatKubeconfig("k3s-lab", { ...ours, certificate: ours.certificate.slice(0, 40) });
  assert.not.ok(isGood(cut, "k3s-lab", ours));
});

test.run();
