// A lab from a folder, on a host that reaches nothing but a company's own registry: with its own CA and a login.
import { cpSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { type Background, rootOnly, type World } from "@k3s-lab/testbed";
import { type Compared, type Plan, planThenUp } from "./compare-plan.js";
import { type Build, type DrivenLab, eventually, modulesBuild, readyNodes } from "./drive-lab.js";
import { shareLab } from "./share-lab.js";
import { type OwnRegistry, ownRegistry, passwords } from "./own-registry.js";

const test = suite("a lab with registries of one's own");
const realTest = rootOnly("a lab with registries of one's own", test);

const arch = process.arch === "x64" ? "amd64" : process.arch;
let world: World;
let lab: DrivenLab;
let registry: OwnRegistry;
let running: Background;
let build: Build;
let pinned = "";

test.after(async () => {
  await running?.[Symbol.asyncDispose]();
});

shareLab(test, {
  async ready(shared) {
    ({ world, lab } = shared);
    build = await modulesBuild();
    // As an export in the shell of all commands.
    process.env.K3S_LAB_CACHE = at("cache");
    process.env.DOCKER_CONFIG = at("own/docker");
  },
});

const folder = "nodes: [{ name: multi, role: server }]\ncluster: { source: directory, directory: airgap }\n";
const at = (file: string) => join(lab.dir, file);
const onNode = async (script: string) => (await lab.npmOk("lab:exec", ["multi", "sh", "-ec", script])).trim();
const pull = (image: string) => lab.npm("lab:exec", ["multi", "k3s", "crictl", "pull", image]);
const caOnNode = () => `${registry.name.replace(":", "_")}.ca.pem`;
const changed = "what it was started with has changed";
const startOfK3s = () => onNode("systemctl show k3s -p ExecMainStartTimestampMonotonic");

async function pulls(image: string): Promise<void> {
  const { exitCode, stderr } = await pull(image);
  assert.is(exitCode, 0, `${image}: ${stderr}`);
}

/**
 * The plan's sentences, which an up then carried out. A kubelet that was restarted calls its pods unready until it has
 * probed them again: that moment passes first.
 */
async function upAsPlanned(): Promise<readonly string[]> {
  await eventually("the lab is up", async () => (await lab.npm("lab:status")).exitCode === 0);
  const { plan, exitCode, differences }: Compared = await planThenUp(lab);
  assert.is(exitCode, 0);
  assert.equal(differences, []);
  return sentencesOf(plan);
}

function sentencesOf({ stages }: Plan): readonly string[] {
  return stages.flatMap(({ actions }) => actions.map(({ sentence }) => sentence));
}

realTest(
  "the pinned image of the lab's registry is fetched by its digest, and starts where nothing is reached",
  async () => {
    const [images, own] = ["images", "registry"].map((part) => join(build.folder, `k3s-airgap-${part}-${arch}.tar`));
    registry = await ownRegistry(world.host, at("own"), own ?? "");
    running = await registry.start();
    const pause = `docker-archive:${images}:docker.io/rancher/mirrored-pause:3.6`;
    for (const target of ["app:1", "app:2", "app:3", "library/app:1", "team/app:1"]) await registry.push(pause, target);
    const digest = await registry.push(`docker-archive:${own}`, "k3s-lab/registry:3");
    cpSync(build.folder, at("airgap"), { recursive: true });
    rmSync(at(`airgap/k3s-airgap-registry-${arch}.tar`));
    const sums = readFileSync(at(`airgap/sha256sum-${arch}.txt`), "utf8");
    writeFileSync(at(`airgap/sha256sum-${arch}.txt`), sums.replace(/^.*k3s-airgap-registry.*\n/m, ""));
    const image = `${registry.name}/k3s-lab/registry:3@${digest}`;
    lab.configure(`${folder}registry: { image: "${image}" }\n`);
    const env = {
      SSL_CERT_FILE: at("own/own-ca.pem"),
      REGISTRY_AUTH_FILE: join(registry.docker, "config.json"),
    };
    const fetched = await lab.npm("lab:fetch", [], { env });
    assert.not.match(fetched.stderr + fetched.stdout, "could not be fetched");
    await running[Symbol.asyncDispose]();
    assert.match(await lab.npmOk("lab:up"), "from a folder");
    assert.equal(await readyNodes(lab), ["multi"]);
    const deployed = await lab.kubectl("-n", "kube-system", "get", "pods", "-l", "app=kube-registry", "-o", "yaml");
    assert.match(deployed, digest);
    pinned = image;
  },
);

/** The lab.yaml with registries of one's own, whose mirrors serve docker.io and all that is not named. */
const withRegistries = (config: string) => `${folder}
registry:
  image: ${pinned}
  mirrors:
    docker.io: { endpoint: [https://${registry.name}] }
    "*": { endpoint: [https://${registry.name}/v2/team] }
  configs:
    ${registry.name}: ${config}
`;
const byFile = "{ auth: { username: ann, password: { file: own-password } }, tls: { ca_file: own-ca.pem } }";
const byDocker = "{ auth: { docker: true }, tls: { insecure_skip_verify: true } }";

realTest("a node pulls from it by its name, for docker.io, and for all others", async () => {
  running = await registry.start();
  writeFileSync(at("own-password"), `${passwords.first[0]}\n`);
  writeFileSync(at("own-ca.pem"), registry.ca);
  assert.is((await pull(`${registry.name}/app:1`)).exitCode, 1, "before lab.yaml has told of it");
  lab.configure(withRegistries(byFile));
  const planned = await upAsPlanned();
  assert.equal(planned.slice(0, 2), [
    `multi: write registries.yaml, ${caOnNode()}`,
    `multi: restart K3s, because ${changed}`,
  ]);
  for (const image of [`${registry.name}/app:1`, "docker.io/library/app:1", "quay.example/app:1"]) await pulls(image);
  assert.is(await onNode("stat -c '%a' /etc/rancher/k3s/registries.yaml /etc/rancher/k3s/k3s-lab.d/*"), "600\n644");
  const state = await world.host.run("grep", ["-rl", passwords.first[0], at(".lab")], { answers: "any" });
  assert.is(state.stdout, "", "no record or log has the secret");
});

realTest("another certificate restarts nothing, another password does, and neither is shown", async () => {
  const started = await startOfK3s();
  writeFileSync(at("own-ca.pem"), registry.otherCa);
  assert.equal(await upAsPlanned(), [`multi: write ${caOnNode()}`]);
  assert.match((await pull(`${registry.name}/app:2`)).stderr, "x509");
  writeFileSync(at("own-ca.pem"), registry.ca);
  await upAsPlanned();
  assert.is(await startOfK3s(), started);
  await pulls(`${registry.name}/app:2`);
  registry.accept(passwords.second);
  writeFileSync(at("own-password"), passwords.second[0]);
  const planned = await upAsPlanned();
  assert.equal(planned.slice(0, 2), ["multi: write registries.yaml", `multi: restart K3s, because ${changed}`]);
  assert.not.match(JSON.stringify(planned), passwords.second[0]);
  await pulls(`${registry.name}/app:2`);
});

realTest("what was edited on a node is replaced by name, and K3s restarts where it has read it", async () => {
  const file = "/etc/rancher/k3s/registries.yaml";
  const edit = `echo '  "mine.example": { tls: { insecure_skip_verify: true } }' >>${file}`;
  const [before, started] = [await onNode(`cat ${file}`), await startOfK3s()];
  const why = "registries.yaml was edited there; write registry.mirrors and registry.configs in lab.yaml instead";
  await onNode(edit);
  assert.equal(await upAsPlanned(), [`multi: write registries.yaml (${why})`]);
  assert.equal([await onNode(`cat ${file}`), await startOfK3s()], [before, started]);
  await onNode(`${edit}; systemctl restart k3s`);
  assert.is((await upAsPlanned())[0], `multi: restart K3s, because ${why}`);
  assert.is(await onNode(`cat ${file}`), before);
  assert.is.not(await startOfK3s(), started);
});

realTest(
  "what docker login has written is taken where lab.yaml asks for it; a certificate that goes is removed",
  async () => {
    lab.configure(withRegistries(byDocker));
    const { exitCode, stderr } = await lab.npm("lab:up", [], { env: { DOCKER_CONFIG: lab.dir } });
    assert.is(exitCode, 2);
    const none = `registry.configs.${registry.name}.auth.docker: no credentials of ${registry.name} were found`;
    assert.match(stderr, `${none}, expected in ${lab.dir}/config.json or `);
    assert.match((await upAsPlanned())[0] ?? "", `multi: write registries.yaml and remove ${caOnNode()}`);
    assert.is(await onNode("ls /etc/rancher/k3s/k3s-lab.d"), "");
    await pulls(`${registry.name}/app:3`);
  },
);

/** A foreign webhook that nothing serves: no pod is created. */
const webhook = {
  apiVersion: "admissionregistration.k8s.io/v1",
  kind: "MutatingWebhookConfiguration",
  metadata: { name: "injector" },
  webhooks: [
    {
      name: "inject.example.com",
      admissionReviewVersions: ["v1"],
      sideEffects: "None",
      failurePolicy: "Fail",
      timeoutSeconds: 1,
      clientConfig: { service: { name: "gone", namespace: "default" } },
      rules: [{ apiGroups: [""], apiVersions: ["v1"], operations: ["CREATE"], resources: ["pods"] }],
    },
  ],
};

for (const [who, app] of [
  ["kube-registry", "app=kube-registry"],
  ["CoreDNS", "k8s-app=kube-dns"],
] as const) {
  realTest(
    `a webhook that is down and keeps the pod of ${who} away is named, and breaks neither status nor doctor`,
    async () => {
      await lab.npmOk("kubectl", ["apply", "-f", "-"], { input: JSON.stringify(webhook) });
      await lab.kubectl("-n", "kube-system", "delete", "pod", "-l", app, "--wait=true");
      const status = JSON.parse((await lab.npm("lab:status", ["--json"])).stdout) as {
        readonly nodes: readonly unknown[];
      };
      assert.is(status.nodes.length, 1);
      const doctor = await lab.npm("doctor", ["--json"]);
      assert.ok(JSON.parse(doctor.stdout).findings.length > 0, doctor.stderr);
      let repaired: Promise<string> | undefined;
      const onLine = (line: string) => {
        if (!/"progress".*failed calling webhook/.test(line)) return;
        assert.match(line, who);
        assert.match(line, "inject.example.com");
        // Its owner repairs it: lab:up goes on.
        repaired ??= lab.kubectl("delete", "mutatingwebhookconfiguration", "injector");
      };
      const { exitCode, stdout } = await lab.npm("lab:up", ["--json"], { onLine });
      assert.ok(repaired, stdout);
      await repaired;
      assert.is(exitCode, 0, stdout);
    },
  );
}

realTest("a folder that has lost its K3s is refused by name", async () => {
  assert.is(lab.state<{ source: string }>("cluster.json").source, "directory");
  rmSync(at("airgap/k3s"));
  await lab.npmOk("lab:down");
  const { exitCode, stderr } = await lab.npm("lab:up");
  assert.is(exitCode, 2);
  assert.match(stderr, "has no k3s, seen: ");
});

test.run();
