// What comes after weeks: certificates end, logs and images grow.
import { randomBytes, X509Certificate } from "node:crypto";
import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { makeImage, ociArchive, writeTar } from "@k3s-lab/images";
import { parseKubeconfig } from "@k3s-lab/kube";
import { rootOnly } from "@k3s-lab/testbed";
import { type DrivenLab, readyNodes, upChangesNothing } from "./drive-lab.js";
import { shareLab } from "./share-lab.js";

const test = suite("weeks");
const realTest = rootOnly("weeks", test);

const yaml = "name: old\nnodes:\n  - { name: multi, role: server }\n  - { name: agent1 }\nregistry: { garbage: 100 }\n";

let lab: DrivenLab;

shareLab(test, {
  yaml,
  async ready(shared) {
    ({ lab } = shared);
    await lab.npmOk("lab:up");
  },
});

const inside = async (node: string, script: string) =>
  (await lab.npmOk("lab:exec", [node, "bash", "-c", script])).trim();

const k3s = "/var/lib/rancher/k3s";
const admin = `${k3s}/server/tls/client-admin.crt`;
const kubelet = `${k3s}/agent/client-kubelet.crt`;

/** Days until a certificate on a node ends. */
const daysOf = async (node: string, file: string) => daysLeft(await inside(node, `cat ${file}`));

/** Days until the client's certificate in a kubeconfig ends. */
function daysIn(kubeconfig: string): number {
  const { certificate = "" } = parseKubeconfig(readFileSync(kubeconfig, "utf8")) ?? {};
  return daysLeft(Buffer.from(certificate, "base64").toString());
}

const daysLeft = (pem: string) =>
  Math.round((Date.parse(new X509Certificate(pem).validTo) - Date.now()) / (24 * 3_600_000));

realTest("lab:up renews certificates that end soon, on nodes and in kubeconfigs, and no others", async () => {
  const merged = join(lab.dir, "config");
  const own = join(lab.dir, ".lab/kubeconfig");
  // Made for one day, as K3s' own variable asks for; the agent's come from the server.
  await inside(
    "multi",
    `echo CATTLE_NEW_SIGNED_CERT_EXPIRATION_DAYS=1 >/etc/default/k3s; rm ${admin}; systemctl restart k3s`,
  );
  await inside("agent1", "systemctl restart k3s-agent");
  rmSync(own);
  await lab.npmOk("lab:up");
  await lab.npmOk("kubeconfig", ["--merge"], { env: { KUBECONFIG: merged } });
  const days = async () => [await daysOf("multi", admin), await daysOf("agent1", kubelet), daysIn(own), daysIn(merged)];
  assert.equal(await days(), [1, 1, 1, 1]);
  // They are new: K3s would make no better ones.
  await upChangesNothing(lab);
  assert.match((await lab.npm("doctor")).stdout, "R23");

  // As if they had been made a month ago; the next start makes them for a year again.
  await inside("multi", `rm /etc/default/k3s; touch -d '30 days ago' ${admin}`);
  await inside("agent1", `touch -d '30 days ago' ${kubelet}`);
  const plan = await lab.npmOk("lab:plan");
  assert.match(plan, /restart K3s, because its certificate client-admin\.crt ends on 20/);
  assert.match(plan, /restart K3s, because its certificate client-kubelet\.crt ends on 20/);
  assert.match(plan, `write ${own}`);
  assert.match(plan, merged);
  await lab.npmOk("lab:up");
  assert.equal(await days(), [365, 365, 365, 365]);
  await upChangesNothing(lab);
  assert.equal(await readyNodes(lab), ["agent1", "multi"]);
  assert.not.match((await lab.npm("doctor")).stdout, "R23");
});

/** Writes an image of one layer that no other has. */
function imageFile(bytes: number): string {
  const file = join(lab.dir, "app.tar");
  const layer = writeTar([{ name: "random", content: randomBytes(bytes) }]);
  const architecture = process.arch === "x64" ? "amd64" : process.arch;
  writeFileSync(file, ociArchive(makeImage({ architecture, config: {}, layer }), "1"));
  return `oci-archive:${file}`;
}

realTest("a lab that is pushed to all day keeps what its tags lead to, and little else", async () => {
  const megabytes = async (node: string, folder: string) =>
    Number((await inside(node, `du -s --block-size=1M ${folder}`)).split(/\s/)[0]);
  const store = () => megabytes("multi", "/var/lib/rancher/k3s-lab-registry");
  const pulled = () => megabytes("agent1", `${k3s}/agent/containerd/io.containerd.content.v1.content`);
  await lab.npmOk("push", [imageFile(1_000_000), "--name", "kept:1"]);
  const [storedAtFirst, pulledAtFirst] = [await store(), await pulled()];
  let said = "";
  for (let push = 1; push <= 14; push++) {
    const { exitCode, stderr } = await lab.npm("push", [imageFile(20_000_000), "--name", "app:1"]);
    assert.is(exitCode, 0, stderr);
    said += stderr;
    await inside("agent1", "k3s crictl pull multi:5000/app:1");
  }
  // 280 MB were pushed and pulled; 100 MB may gather, beside the image that has the name.
  assert.ok((await store()) - storedAtFirst < 150, said);
  assert.ok((await pulled()) - pulledAtFirst < 150, said);
  assert.match(said, /removed \d.* MB that no tag leads to any more/);
  await lab.npmOk("gc");
  assert.ok((await store()) - storedAtFirst < 25);
  assert.ok((await pulled()) - pulledAtFirst < 45);
  for (const name of ["kept:1", "app:1"]) await inside("multi", `k3s crictl pull multi:5000/${name}`);
  await upChangesNothing(lab);
});

test.run();
