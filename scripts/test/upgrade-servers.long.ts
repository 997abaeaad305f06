// Three servers get another version of K3s, whatever has become of them before: while all run, after all were stopped, and while one
// has lost its disk. Through the address that they share, writes go on.
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseKubeconfig } from "@k3s-lab/kube";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { emulateHost, isRoot, rootOnly, serveReleaseIn, type World } from "@k3s-lab/testbed";
import { driveLab, type DrivenLab, modulesBuild, upChangesNothing } from "./drive-lab.js";
import { labOf, ofContainers, servers, SeveralServers } from "./several-servers.js";
import { stampK3s } from "./stamp-k3s.js";

const test = suite("upgrade of three servers");
const realTest = rootOnly("upgrade of three servers", test);

const versions = ["v1.34.4+k3s1", "v1.34.5+k3s0001", "v1.34.6+k3s0001", "v1.34.7+k3s0001"] as const;
type Version = (typeof versions)[number];

let world: World;
let lab: DrivenLab;
let several: SeveralServers;
const baseUrls = new Map<string, string>();
const releaseServers: AsyncDisposable[] = [];

test.before(async () => {
  if (!isRoot) return;
  const build = await modulesBuild();
  world = await emulateHost();
  lab = await driveLab(world.host);
  several = new SeveralServers(lab, ofContainers(lab, world.host), options());
  for (const version of versions) {
    const dir = version === versions[0] ? build.folder : await stampK3s(build, version, join(lab.dir, version));
    const server = await serveReleaseIn(world.host, { dir, version });
    releaseServers.push(server);
    baseUrls.set(version, server.baseUrl);
  }
});

test.after(async () => {
  if (lab !== undefined) await lab.npm("lab:down", [], options());
  await lab?.[Symbol.asyncDispose]();
  for (const server of releaseServers) await server[Symbol.asyncDispose]();
  await world?.[Symbol.asyncDispose]();
});

/** A cache of its own: no other lab is to have these releases. */
const options = () => ({ env: { K3S_LAB_CACHE: join(lab.dir, "cache") } });

const ask = (version: Version) =>
  lab.configure(
    `${labOf(servers)}cluster: { source: release, version: "${version}", baseUrl: "${baseUrls.get(version)}" }\n`,
  );

interface Nodes {
  readonly items: readonly {
    readonly metadata: { readonly name: string };
    readonly status: { readonly nodeInfo: { readonly kubeletVersion: string } };
  }[];
}

async function assertAllRun(version: Version): Promise<void> {
  const { items } = JSON.parse(await lab.npmOk("kubectl", ["get", "nodes", "--output=json"], options())) as Nodes;
  assert.equal(
    Object.fromEntries(items.map(({ metadata, status }) => [metadata.name, status.nodeInfo.kubeletVersion])),
    Object.fromEntries(servers.map((name) => [name, version])),
  );
}

/** Changes an object without an end, each time by a connection of its own, and writes down when that has succeeded. */
const writer = (access: string, file: string) => `
  const { appendFileSync, readFileSync } = require("node:fs");
  const { request } = require("node:https");
  const { server, ...access } = JSON.parse(readFileSync("${access}", "utf8"));
  const write = (value) => new Promise((resolve) => {
    const headers = { "content-type": "application/merge-patch+json" };
    const url = server + "/api/v1/namespaces/default/configmaps/counted";
    const asked = request(url, { ...access, agent: false, method: "PATCH", headers, timeout: 2000 }, (response) => {
      response.resume().on("end", () => resolve(response.statusCode === 200 ? "ok" : String(response.statusCode)));
      response.on("error", ({ message }) => resolve(message));
    });
    asked.on("timeout", () => asked.destroy(new Error("no answer in 2 s"))).on("error", ({ message }) => resolve(message));
    asked.end(JSON.stringify({ data: { value: String(value) } }));
  });
  (async () => {
    for (let value = 0; ; value++) {
      appendFileSync("${file}", Date.now() + " " + (await write(value)) + "\\n");
      if (value === 0) console.log("writing");
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  })();`;

const decoded = (base64 = "") => Buffer.from(base64, "base64").toString();

/** The longest time between two writes that succeeded, in seconds, and the number of those that did not. */
function outageOf(lines: readonly string[]): { readonly longest: number; readonly failed: number } {
  const succeeded = lines.filter((line) => line.endsWith(" ok")).map((line) => Number(line.split(" ")[0]));
  const gaps = succeeded.slice(1).map((time, index) => time - (succeeded[index] ?? time));
  return { longest: Math.max(...gaps) / 1000, failed: lines.length - succeeded.length };
}

realTest("one after the other, and writes wait no longer than for the address to move", async () => {
  ask(versions[0]);
  await lab.npmOk("lab:up", [], options());
  ask(versions[1]);
  const plan = await lab.npmOk("lab:plan", [], options());
  assert.match(plan, "3 nodes to upgrade");
  assert.match(plan, "what reaches the cluster's API by server2; pods go on");
  await several.write("counted");
  const kubeconfig = parseKubeconfig(readFileSync(join(lab.dir, ".lab/kubeconfig"), "utf8"));
  const [access, file] = [join(lab.dir, "access.json"), join(lab.dir, "writes")];
  const { server = "", ca, certificate, key } = kubeconfig ?? {};
  const pems = { ca: decoded(ca), cert: decoded(certificate), key: decoded(key) };
  writeFileSync(access, JSON.stringify({ server, ...pems }), { mode: 0o600 });
  {
    await using _writer = await world.host.background(process.execPath, ["-e", writer(access, file)], {
      ready: /writing/,
    });
    await lab.npmOk("lab:up", [], options());
  }
  await assertAllRun(versions[1]);
  const lines = readFileSync(file, "utf8").trim().split("\n");
  const { longest, failed } = outageOf(lines);
  const told = `${lines.length} writes, ${failed} failed, the longest time without one: ${longest.toFixed(1)} s`;
  console.log(told);
  assert.ok(lines.length > 100 && longest <= 10, told);
  await upChangesNothing(lab, options());
});

realTest("all were stopped: they are started as they were, and then replaced", async () => {
  await lab.npmOk("lab:stop", [], options());
  ask(versions[2]);
  await lab.npmOk("lab:up", [], options());
  await assertAllRun(versions[2]);
  await upChangesNothing(lab, options());
});

realTest("the first has lost its disk: it joins before the others are replaced", async () => {
  await several.destroyDisk("multi");
  ask(versions[3]);
  await lab.npmOk("lab:up", ["--yes"], options());
  await assertAllRun(versions[3]);
  await upChangesNothing(lab, options());
});

test.run();
