// A registry that has its users sign in, and a certificate: on nodes, for push, and for a person's own programs.
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { makeImage, namedArchive, writeTar } from "@k3s-lab/images";
import { rootOnly, type World } from "@k3s-lab/testbed";
import { type Plan, planThenUp } from "./compare-plan.js";
import { type DrivenLab, eventually, readyNodes, upChangesNothing } from "./drive-lab.js";
import { shareLab } from "./share-lab.js";

const test = suite("a registry that is secured");
const realTest = rootOnly("a registry that is secured", test);

const nodes = "nodes: [{ name: multi, role: server }, { name: agent1 }]\n";
const secured = `${nodes}registry: { auth: basic, tls: true }\n`;

let world: World;
let lab: DrivenLab;

shareLab(test, {
  yaml: secured,
  ready: (shared) => ({ world, lab } = shared),
});

const at = (file: string) => join(lab.dir, file);
const inside = (node: string, script: string) => lab.npm("lab:exec", [node, "sh", "-c", script]);
const password = () => readFileSync(at(".lab/registry-password"), "utf8");

/** An image of one file, which nobody runs. */
function imageFile(name: string): string {
  const layer = writeTar([{ name: "content", content: Buffer.from(name) }]);
  const architecture = process.arch === "x64" ? "amd64" : process.arch;
  writeFileSync(at("image.tar"), namedArchive([makeImage({ architecture, config: {}, layer })], name));
  return at("image.tar");
}

async function pullsOnEveryNode(image: string): Promise<void> {
  for (const node of ["multi", "agent1"]) {
    const { exitCode, stderr } = await inside(node, `k3s crictl pull ${image}`);
    assert.is(exitCode, 0, `${node}: ${stderr}`);
  }
}

/** The status of GET /v2/ from the host, by a program that trusts what the lab says and is let in by `user`. */
async function statusFor(url: string, user?: string): Promise<string> {
  const header = user === undefined ? "{}" : `{ authorization: "Basic ${Buffer.from(user).toString("base64")}" }`;
  const script = `fetch("${url}/v2/", { headers: ${header} }).then(({ status }) => console.log(status), ({ cause }) => console.log(cause.code))`;
  const env = { NODE_EXTRA_CA_CERTS: at(".lab/registry-ca.crt") };
  return (await world.host.run(process.execPath, ["-e", script], { env })).stdout.trim();
}

function sentencesOf({ stages }: Plan): readonly string[] {
  return stages.flatMap(({ actions }) => actions.map(({ sentence }) => sentence));
}

/** Takes what lab.yaml says, as the plan says that it will be done; resolves with its sentences. */
async function upAsPlanned(): Promise<readonly string[]> {
  await eventually("the lab is up", async () => (await lab.npm("lab:status")).exitCode === 0);
  const { plan, exitCode, events, differences } = await planThenUp(lab);
  assert.is(exitCode, 0, JSON.stringify(events.filter(({ event }) => event === "problem")));
  assert.equal(differences, []);
  return sentencesOf(plan);
}

realTest("is made with a password and a certificate of its own, as the plan says", async () => {
  const { plan, exitCode, differences } = await planThenUp(lab);
  assert.is(exitCode, 0);
  assert.equal(differences, []);
  const made = "registry: make a password, make a certificate authority, make its certificate";
  assert.ok(sentencesOf(plan).includes(made), JSON.stringify(plan));
  assert.equal(await readyNodes(lab), ["agent1", "multi"]);
  await upChangesNothing(lab);
});

realTest("lets nobody in without its password, and speaks HTTPS alone", async () => {
  assert.is(await statusFor("https://multi:5000"), "401");
  assert.is(await statusFor("https://multi:5000", "lab:wrong"), "401");
  assert.is(await statusFor("https://multi:5000", `lab:${password()}`), "200");
  assert.is(await statusFor("http://multi:5000"), "400");
});

realTest("push, pulls on every node, and what looks at the registry are set up for it", async () => {
  assert.match(await lab.npmOk("push", [imageFile("kept:1")]), "multi:5000/kept:1");
  await pullsOnEveryNode("multi:5000/kept:1");
  assert.match(await lab.npmOk("images"), /^multi:5000\/kept:1 +\d+ B/m);
  await lab.npmOk("push", ["docker://multi:5000/kept:1", "--name", "again:2"]);
  assert.match(await lab.npmOk("gc", ["--dry-run"]), /collect|remove/);
  assert.match(await lab.npmOk("lab:status"), "kept: 1");
  const { findings } = JSON.parse((await lab.npm("doctor", ["--json"])).stdout) as { findings: readonly object[] };
  assert.not.match(JSON.stringify(findings), "does not answer");
});

interface Shown {
  readonly registry: { readonly signIn: string; readonly trust: { readonly podman: string } };
}

realTest("a person's own programs are let in by the lines that status prints", async () => {
  const { registry } = JSON.parse((await lab.npm("lab:status", ["--json"])).stdout) as Shown;
  mkdirSync(at("home"));
  const env = { HOME: at("home"), REGISTRY_AUTH_FILE: at("home/auth.json") };
  const shell = (script: string) => world.host.run("sh", ["-c", script], { env, answers: "any" });
  const inspect = "skopeo inspect docker://multi:5000/kept:1";
  assert.match((await shell(inspect)).stderr, "x509");
  const trusted = await shell(registry.trust.podman);
  assert.is(trusted.exitCode, 0, trusted.stderr);
  assert.match((await shell(inspect)).stderr, /authentication required|unauthorized/);
  const signedIn = await shell(registry.signIn.replace("docker login", "skopeo login"));
  assert.is(signedIn.exitCode, 0, signedIn.stderr);
  const { exitCode, stdout } = await shell(inspect);
  assert.is(exitCode, 0);
  assert.match(stdout, '"multi:5000/kept"');
});

realTest("its secrets are in no log and no argument, and no other user can read them", async () => {
  const secret = password();
  const { login, authority, server } = lab.state<Record<string, Record<string, string>>>("registry-keys.json");
  const secrets = [secret, login?.hash ?? "", Buffer.from(`lab:${secret}`).toString("base64")];
  const keys = [authority?.key, server?.key].map((key) => key?.split("\n")[1] ?? "");
  assert.ok(
    [...secrets, ...keys].every((each) => each.length > 20),
    "all of them were found",
  );
  const patterns = [...secrets, ...keys].map((each) => `-e '${each}'`).join(" ");
  const kept = await world.host.run("sh", ["-c", `grep -rlF ${patterns} '${at(".lab")}'`], { answers: "any" });
  const files = kept.stdout
    .trim()
    .split("\n")
    .map((file) => file.replace(at(".lab/"), ""));
  assert.equal(files.toSorted(), ["registry-keys.json", "registry-password"], "nor in the logs of runs");
  assert.ok(readdirSync(at(".lab/logs")).length > 0);
  for (const node of ["multi", "agent1"]) {
    const others = await inside(
      node,
      `cd /; su -s /bin/sh nobody -c "grep -rlF ${patterns.replaceAll("'", "")} /etc /run /tmp /var/log /var/tmp /var/lib/rancher 2>/dev/null"`,
    );
    assert.is(others.stdout.trim(), "", node);
    const modes = await inside(node, "stat -c %a /etc/rancher/k3s/registries.yaml");
    assert.is(modes.stdout.trim(), "600");
    assert.match((await inside(node, `grep -c '${secret}' /etc/rancher/k3s/registries.yaml`)).stdout, "1");
  }
  const told = await Promise.all([
    lab.kubectl("-n", "kube-system", "logs", "deployment/kube-registry"),
    lab.kubectl("get", "events,deployments,configmaps", "-A", "-o", "yaml"),
    lab.npmOk("lab:status"),
    lab.npmOk("lab:plan"),
  ]);
  for (const text of told) for (const each of [...secrets, ...keys]) assert.not.match(text, each);
});

realTest(
  "another password, of a person's own, is asked for before anything is touched, and proved on every node",
  async () => {
    lab.configure(`${nodes}registry: { auth: { username: ann, password: { env: REGISTRY_WORD } }, tls: true }\n`);
    const refused = await lab.npm("lab:up");
    assert.is(refused.exitCode, 2);
    assert.match(refused.stderr, "registry.auth.password.env: the environment has no REGISTRY_WORD");
    process.env.REGISTRY_WORD = "words of ann";
    const planned = await upAsPlanned();
    delete process.env.REGISTRY_WORD;
    assert.is(planned[0], "registry: take the password that lab.yaml names");
    assert.is(planned.filter((sentence) => /^(multi|agent1): pull multi:5000/.test(sentence)).length, 2);
    assert.is(await statusFor("https://multi:5000", `lab:${password()}`), "401");
    assert.is(await statusFor("https://multi:5000", "ann:words of ann"), "200");
    // What only looks, or pushes, needs no variable.
    assert.match(await lab.npmOk("push", [imageFile("second:1")]), "multi:5000/second:1");
    await pullsOnEveryNode("multi:5000/second:1");
  },
);

realTest("a registry that is secured no more serves everybody, and its Secret is gone", async () => {
  lab.configure(nodes);
  const planned = await upAsPlanned();
  assert.ok(planned.includes("multi: remove Secret kube-system/kube-registry"), planned.join("\n"));
  assert.is(await statusFor("http://multi:5000"), "200");
  await pullsOnEveryNode("multi:5000/kept:1");
  await lab.npmOk("push", [imageFile("third:1")]);
  await pullsOnEveryNode("multi:5000/third:1");
  assert.not.match(await lab.kubectl("-n", "kube-system", "get", "secrets"), "kube-registry");
  await upChangesNothing(lab);
});

test.run();
