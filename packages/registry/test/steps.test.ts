import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { carryOut, type Event, sentencesOf } from "@k3s-lab/steps";
import { fileURLToPath } from "node:url";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { checkImage } from "../src/check-image.js";
import type { ImageSupply } from "../src/fetch-image.js";
import { renderRegistry } from "../src/manifest.js";
import { Registry } from "../src/registry.js";
import { registrySteps } from "../src/steps.js";
import { FakeApi, noCluster } from "./fake-api.js";
import { FakeNodes } from "./fake-nodes.js";
import { labIn } from "./lab.js";

const test = suite<{ dir: string }>("registry steps");
const registry = new Registry({ node: "multi", address: "127.0.0.1", port: 1 });

test.before.each((context) => {
  context.dir = mkdtempSync(join(tmpdir(), "k3s-lab-registry-steps-"));
});
test.after.each(({ dir }) => rmSync(dir, { recursive: true }));

/** What it takes to make a registry that runs on `port` of this host, as sentences. */
function sentencesFor({ name, node }: Registry, port: number): readonly string[] {
  const reference = `${name}/k3s-lab/check:${checkImage(name).tag}`;
  return [
    `${node}: import docker.io/library/registry:3.1.2`,
    `${node}: apply Deployment kube-system/kube-registry, Service kube-system/kube-registry`,
    `${node}: wait until http://127.0.0.1:${port}/v2/ answers`,
    `${node}: apply ConfigMap kube-public/local-registry-hosting`,
    `host: put 127.0.0.1 ${node} into the hosts file`,
    `host: push ${reference}`,
    `${node}: pull ${reference}`,
    `agent1: pull ${reference}`,
    `agent2: pull ${reference}`,
  ];
}

test("where nothing exists yet, all that will be done is foreseen", async ({ dir }) => {
  const lab = await labIn(dir);
  const hosts = { file: join(dir, "hosts"), dir };
  writeFileSync(hosts.file, "");
  const nodes = new FakeNodes(() => 1);
  const plan = (by: ImageSupply["by"]) => {
    const world = {
      api: noCluster,
      nodes,
      archive: fileURLToPath(import.meta.url),
      supply: async () => ({ isCached: false, by }),
      hosts,
    };
    return sentencesOf(registrySteps(lab, registry, world));
  };
  assert.equal(await plan("host"), sentencesFor(registry, 1));
  assert.equal(await plan(undefined), sentencesFor(registry, 1));
  assert.equal(await plan("k3s"), sentencesFor(registry, 1).slice(1), "nothing is handed over");
});

test("what is foreseen is what is carried out, and then nothing is left to do", async ({ dir }) => {
  const lab = await labIn(dir);
  const hosts = { file: join(dir, "hosts"), dir };
  writeFileSync(hosts.file, "");
  let digest = "";
  const parts = new Set<string>();
  let pushed: Buffer | undefined;
  const server = createServer(async (request, response) => {
    const { method, url = "" } = request;
    const content = Buffer.concat(await request.toArray());
    const part = /digest=(sha256:[0-9a-f]+)/.exec(decodeURIComponent(url))?.[1];
    if (method === "POST") response.writeHead(202, { location: "/v2/k3s-lab/check/blobs/uploads/1?state=x" });
    else if (method === "PUT" && part !== undefined) response.writeHead(parts.add(part) && 201);
    else if (method === "PUT") response.writeHead((pushed = content) && 201);
    else if (url.includes("/blobs/")) response.writeHead(parts.has(url.split("/").at(-1) ?? "") ? 200 : 404);
    else if (pushed !== undefined) response.setHeader("docker-content-digest", digest);
    response.end();
  });
  await once(server.listen(0, "127.0.0.1"), "listening");
  const { port } = server.address() as AddressInfo;
  const local = new Registry({ node: "multi", address: "127.0.0.1", port });
  ({ digest } = checkImage(local.name));
  try {
    const api = new FakeApi();
    const running = api.status;
    api.status = {};
    // A Deployment that was applied runs a moment later: when its pods are looked at.
    api.list = async () => {
      api.status = running;
      api.put(renderRegistry(lab.config.registry.image, local)[0]);
      return [];
    };
    const done = new Set<string>();
    const nodes = new FakeNodes((command) => {
      const [, node = "", action = ""] = /^(\w+): .*(inspecti|import|pull|see) /.exec(command) ?? [];
      done.add(`${node} ${action}`);
      const wanted = { inspecti: `${node} import`, see: `${node} pull` }[action];
      return wanted === undefined || done.has(wanted) ? 0 : 1;
    });
    const supply = async (): Promise<ImageSupply> => ({ isCached: true, by: "host" });
    const steps = registrySteps(lab, local, {
      api: () => api,
      nodes,
      archive: fileURLToPath(import.meta.url),
      supply,
      hosts,
    });
    assert.equal(await sentencesOf(steps), sentencesFor(local, port));
    const taken: string[] = [];
    const report = (event: Event) => void (event.event === "action-started" && taken.push(event.action));
    await carryOut(steps, { stage: "registry", report });
    assert.equal(taken, sentencesFor(local, port));
    assert.equal(await sentencesOf(steps), []);
    const { image } = checkImage(local.name);
    assert.equal(parts, new Set([image.config, ...image.layers].map((blob) => blob.digest)));
    assert.equal(pushed, Buffer.from(image.blobs.get(digest) ?? []));
  } finally {
    server.close();
  }
});

test.run();
