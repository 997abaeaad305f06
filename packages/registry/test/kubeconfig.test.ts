import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { parseAccess, readAccess } from "../src/kubeconfig.js";

const test = suite("registry kubeconfig");
const base64 = (text: string) => Buffer.from(text).toString("base64");
const kubeconfig = `apiVersion: v1
clusters:
- cluster:
    certificate-authority-data: ${base64("ca")}
    server: https://10.76.0.10:6443
  name: default
users:
- name: default
  user:
    client-certificate-data: ${base64("certificate")}
    client-key-data: "${base64("key")}"
`;

test("says where the API is, whom to believe, and who asks", () => {
  assert.equal(parseAccess(kubeconfig), {
    server: "https://10.76.0.10:6443",
    ca: Buffer.from("ca"),
    cert: Buffer.from("certificate"),
    key: Buffer.from("key"),
  });
});

test("says nothing where a part is missing, or all of it", () => {
  assert.is(parseAccess(kubeconfig.replace(/.*client-key-data.*\n/, "")), undefined);
  const dir = mkdtempSync(join(tmpdir(), "k3s-lab-kubeconfig-"));
  assert.is(readAccess(join(dir, "kubeconfig")), undefined);
  writeFileSync(join(dir, "kubeconfig"), kubeconfig);
  assert.is(readAccess(join(dir, "kubeconfig"))?.server, "https://10.76.0.10:6443");
  rmSync(dir, { recursive: true });
});

test.run();
