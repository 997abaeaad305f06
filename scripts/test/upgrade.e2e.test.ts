// Another version of K3s for a lab that runs: planned, refused where Kubernetes does not support it, rolled out node by node, stopped
// by a node that fails, and taken up again; while a workload of two replicas answers all the time.
// Runs alone: no request of its clients may fail.
import { join } from "node:path";
import { readFileSync } from "node:fs";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { emulateHost, isRoot, rootOnly, serveReleaseIn, type World } from "@k3s-lab/testbed";
import { driveLab, type DrivenLab, eventually, modulesBuild, upChangesNothing } from "./drive-lab.js";
import { stampK3s } from "./stamp-k3s.js";

const test = suite("upgrade");
const realTest = rootOnly("upgrade", test);

const [older, newer] = ["v1.34.4+k3s1", "v1.34.5+k3s0001"];
/** What the kubelet of the build that is served as the older release reports. */
let reported = "";
let world: World;
let lab: DrivenLab;
let baseUrls: Readonly<Record<string, string>>;
const servers: AsyncDisposable[] = [];

test.before(async () => {
  if (!isRoot) return;
  const build = await modulesBuild();
  reported = build.version;
  world = await emulateHost();
  lab = await driveLab(world.host);
  const stamped = await stampK3s(build, newer, join(lab.dir, "stamped"));
  const served = await Promise.all(
    [
      [older, build.folder],
      [newer, stamped],
      ["v1.36.0+k3s1", build.folder],
    ].map(async ([version = "", dir = ""]) => {
      const server = await serveReleaseIn(world.host, { dir, version });
      servers.push(server);
      return [version, server.baseUrl] as const;
    }),
  );
  baseUrls = Object.fromEntries(served);
});

test.after(async () => {
  if (lab !== undefined) await lab.npm("lab:down", [], options());
  await lab?.[Symbol.asyncDispose]();
  for (const server of servers) await server[Symbol.asyncDispose]();
  await world?.[Symbol.asyncDispose]();
});

/** A cache of its own: no other lab is to have these releases. */
const options = () => ({ env: { K3S_LAB_CACHE: join(lab.dir, "cache") } });

const ask = (version: string) =>
  lab.configure(
    `name: upgraded\ncluster: { source: release, version: "${version}", baseUrl: "${baseUrls[version]}" }\n`,
  );

const kubectl = (...args: readonly string[]) => lab.npmOk("kubectl", args, options());

const inside = async (node: string, script: string) =>
  (await lab.npmOk("lab:exec", [node, "bash", "-c", script])).trim();

interface Nodes {
  readonly items: readonly {
    readonly metadata: { readonly name: string };
    readonly spec: { readonly unschedulable?: boolean };
    readonly status: { readonly nodeInfo: { readonly kubeletVersion: string } };
  }[];
}

/** What each node runs, and whether it is cordoned: "v1.34.5+k3s0001 cordoned". */
async function nodes(): Promise<Readonly<Record<string, string>>> {
  const { items } = JSON.parse(await kubectl("get", "nodes", "--output=json")) as Nodes;
  return Object.fromEntries(
    items.map(({ metadata, spec, status }) => [
      metadata.name,
      `${status.nodeInfo.kubeletVersion}${spec.unschedulable === true ? " cordoned" : ""}`,
    ]),
  );
}

/** The registry's own program, which every node has by then: two of it, on different nodes, and away from the server at first. */
const web = `
apiVersion: apps/v1
kind: Deployment
metadata: { name: web }
spec:
  replicas: 2
  selector: { matchLabels: { app: web } }
  template:
    metadata: { labels: { app: web } }
    spec:
      affinity:
        podAntiAffinity:
          requiredDuringSchedulingIgnoredDuringExecution:
            - { topologyKey: kubernetes.io/hostname, labelSelector: { matchLabels: { app: web } } }
        nodeAffinity:
          preferredDuringSchedulingIgnoredDuringExecution:
            - weight: 100
              preference: { matchExpressions: [{ key: kubernetes.io/hostname, operator: NotIn, values: [multi] }] }
      containers:
        - name: web
          image: acme/web:1
          imagePullPolicy: Never
          readinessProbe: { httpGet: { path: /v2/, port: 5000 }, periodSeconds: 1 }
          lifecycle: { preStop: { sleep: { seconds: 5 } } }
---
apiVersion: v1
kind: Service
metadata: { name: web }
spec: { type: LoadBalancer, selector: { app: web }, ports: [{ port: 8080, targetPort: 5000 }] }
`;

/** Asks without an end, each time by a connection of its own, and writes a line for each answer. */
const client = (url: string, file: string) => `
  const { appendFileSync } = require("node:fs");
  const { get } = require("node:http");
  const answer = () => new Promise((resolve) => {
    const request = get("${url}", { agent: false, timeout: 3000 }, (response) => {
      response.resume().on("end", () => resolve(String(response.statusCode)));
    });
    request.on("timeout", () => request.destroy(new Error("no answer in 3 s"))).on("error", ({ message }) => resolve(message));
  });
  (async () => {
    for (let first = true; ; first = false) {
      appendFileSync("${file}", new Date().toISOString() + " " + (await answer()) + "\\n");
      if (first) console.log("asking");
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  })();`;

/** The same in bash, from the network of a pod of the server. */
const podClient = (address: string) => `
  network=$(ls -tr /run/netns/cni-* | head -n1)
  ask() { timeout 3 bash -c 'exec 3<>/dev/tcp/${address}/8080 && printf "GET /v2/ HTTP/1.0\\r\\n\\r\\n" >&3 && head -n1 <&3'; }
  export -f ask
  exec nsenter --net="$network" bash -c 'while :; do echo "$(date +%T.%N) $(ask 2>&1)" >>/tmp/answers; sleep 0.1; done'`;

/** Lines other than those of an answer. */
const failures = (lines: readonly string[]) => lines.filter((line) => !/ (200|HTTP\/1\.[01] 200 OK)\r?$/.test(line));

realTest("a minor version is not skipped, and the plan shows the next version", async () => {
  ask(older);
  await lab.npmOk("lab:up", [], options());
  ask("v1.36.0+k3s1");
  for (const script of ["lab:plan", "lab:up"]) {
    const { exitCode, stderr } = await lab.npm(script, [], options());
    assert.equal(
      [exitCode, /: (skips a minor version from .*), which/.exec(stderr)?.[1]],
      [2, `skips a minor version from ${reported} to v1.36.0+k3s1`],
    );
  }
  assert.is(lab.state<{ version: string }>("cluster.json").version, older);
  ask(newer);
  const plan = await lab.npmOk("lab:plan", [], options());
  assert.match(plan, "3 nodes to upgrade");
  assert.match(plan, `upgrade K3s from ${reported} to ${newer} (interrupts the cluster's API; pods go on)`);
  assert.match(
    plan,
    /agent1, agent2 .*\n +\S upgrade K3s from .* \(interrupts agent1's pods, which are made again elsewhere/,
  );
  const { stdout } = await lab.npm("lab:status", [], options());
  assert.match(stdout, new RegExp(`Upgrade +to ${newer.replace("+", "\\+")}: lab.yaml asks for it`));
});

realTest("a node that fails stops the roll-out, the next up goes on, and all is answered", async () => {
  const arch = process.arch === "arm64" ? "arm64" : "amd64";
  const { folder } = await modulesBuild();
  await lab.npmOk("load", [join(folder, `k3s-airgap-registry-${arch}.tar`), "--name", "acme/web:1"], options());
  await lab.npmOk("kubectl", ["apply", "-f", "-"], { ...options(), input: web });
  await kubectl("rollout", "status", "deployment/web", "--timeout=120s");
  const { server } = lab.state<{ server: string }>("cluster.json");
  const url = `http://${new URL(server).hostname}:8080/v2/`;
  const answers = join(lab.dir, "answers");
  await eventually("the address of the Service answers", async () => {
    const status = `fetch("${url}").then(({ status }) => console.log(status))`;
    return (await world.host.run(process.execPath, ["-e", status], { answers: "any" })).stdout.trim() === "200";
  });
  const address = (await kubectl("get", "service", "web", "--output=jsonpath={.spec.clusterIP}")).trim();
  const script = Buffer.from(podClient(address)).toString("base64");
  await inside("multi", `echo ${script} | base64 -d >/tmp/client; systemd-run --quiet --unit=client bash /tmp/client`);
  {
    await using _client = await world.host.background(process.execPath, ["-e", client(url, answers)], {
      ready: /asking/,
    });
    // Cordoned by a person: what comes and goes with the upgrade is k3s-lab's own only.
    await kubectl("cordon", "agent1");
    const dropIn = "/etc/systemd/system/k3s-agent.service.d";
    await inside(
      "agent2",
      `mkdir -p ${dropIn}; printf '[Service]\nExecStartPre=/bin/false\n' >${dropIn}/broken.conf; systemctl daemon-reload`,
    );
    const stopped = await lab.npm("lab:up", [], options());
    assert.is(stopped.exitCode, 1, stopped.stdout);
    const said = stopped.stdout + stopped.stderr;
    assert.match(said, `agent2: does not run ${newer}, and the roll-out has stopped here: K3s does not start`);
    assert.match(said, "[LAB-K3S-016]");
    assert.equal(await nodes(), {
      multi: newer,
      agent1: `${newer} cordoned`,
      agent2: `${reported} cordoned`,
    });
    const { exitCode, stdout } = await lab.npm("lab:status", [], options());
    assert.is(exitCode, 1);
    assert.match(
      stdout,
      new RegExp(`Upgrade +to ${newer.replace("+", "\\+")}: agent2 still has ${reported.replace("+", "\\+")}`),
    );
    await inside("agent2", `rm -r ${dropIn}; systemctl daemon-reload`);
    assert.match(await lab.npmOk("lab:plan", [], options()), "1 node to upgrade");
    await lab.npmOk("lab:up", [], options());
  }
  await inside("multi", "systemctl stop client");
  assert.equal(await nodes(), { multi: newer, agent1: `${newer} cordoned`, agent2: newer });
  const ofHost = readFileSync(answers, "utf8").trim().split("\n");
  const ofPod = (await inside("multi", "cat /tmp/answers")).split("\n");
  console.log(`answers: ${ofHost.length} to the host, ${ofPod.length} to a pod`);
  assert.equal([failures(ofHost), failures(ofPod)], [[], []]);
  assert.ok(ofHost.length > 100 && ofPod.length > 50, `${ofHost.length}, ${ofPod.length}`);
});

realTest("what was rolled out stays, and an older version is refused", async () => {
  await upChangesNothing(lab, options());
  ask(older);
  const { exitCode, stderr } = await lab.npm("lab:up", [], options());
  assert.is(exitCode, 2);
  assert.match(stderr, `goes back from ${newer} to ${older}`);
  ask(newer);
  await upChangesNothing(lab, options());
});

test.run();
