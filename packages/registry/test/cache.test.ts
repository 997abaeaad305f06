import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { hash } from "bcryptjs";
import { makeImage, writeTar } from "@k3s-lab/images";
import { parseCidr } from "@k3s-lab/ip";
import { carryOut } from "@k3s-lab/steps";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import type { Access } from "../src/access.js";
import { type Cache, cachesOf, type CacheSettings, renderCaches, withCaches } from "../src/cache.js";
import { cachedIn, collectCachedImagesStep } from "../src/cached-content.js";
import { putImage, serves, tagAt } from "../src/registry-api.js";
import { labIn } from "./lab.js";
import { actionsOf } from "./plan.js";
import { builtArchive, extractRegistry, freePort } from "./real-registry.js";

const test = suite<{ dir: string }>("registry cache");
const serviceCidr = parseCidr("10.43.0.0/16");

test.before.each((context) => {
  context.dir = mkdtempSync(join(tmpdir(), "k3s-lab-registry-cache-"));
});
test.after.each(({ dir }) => rmSync(dir, { recursive: true }));

const settings: CacheSettings = {
  image: "registry:3",
  isBare: false,
  placed: { node: "multi" },
  address: "10.43.0.11",
  owner: { uid: 1000, gid: 1001 },
  trusted: [],
  proxies: { HTTPS_PROXY: "http://ann:of-the-proxy@proxy.corp:3128" },
};

interface Rendered {
  readonly data: Readonly<Record<string, string>>;
  readonly spec: {
    readonly template: { readonly spec: { readonly containers: readonly { readonly command: readonly string[] }[] } };
  };
}

/** The files of the caches' Secret. */
function filesOf(caches: readonly Cache[], of: CacheSettings = settings): Readonly<Record<string, string>> {
  const [secret] = renderCaches(caches, of) as unknown as readonly Rendered[];
  const texts = Object.entries(secret?.data ?? {}).map(([name, text]) => [
    name,
    Buffer.from(text, "base64").toString(),
  ]);
  return Object.fromEntries(texts) as Record<string, string>;
}

test("each registry has a cache of its own, before its mirrors, and is asked where it does not answer", async ({
  dir,
}) => {
  const yaml = `registry:
  cache: [docker.io, quay.io, "192.168.1.5:5001"]
  mirrors: { quay.io: { endpoint: ["http://mirror.corp:5000"] }, "*": { endpoint: [https://all.corp] } }`;
  const { config } = await labIn(dir, yaml.replace(', "*": { endpoint: [https://all.corp] }', ""));
  const caches = cachesOf(config.registry, serviceCidr, new Map());
  assert.equal(
    caches.map(({ endpoint, upstream }) => [endpoint, upstream]),
    [
      ["http://10.43.0.11:5001", "https://registry-1.docker.io"],
      ["http://10.43.0.11:5002", "http://mirror.corp:5000"],
      ["http://10.43.0.11:5003", "https://192.168.1.5:5001"],
    ],
  );
  assert.equal(withCaches(config.registry.mirrors, caches)["quay.io"], {
    endpoint: ["http://10.43.0.11:5002", "http://mirror.corp:5000"],
  });
  assert.equal(withCaches({}, caches)["docker.io"], { endpoint: ["http://10.43.0.11:5001"] });
  const { config: all } = await labIn(dir, yaml);
  assert.is(cachesOf(all.registry, serviceCidr, new Map())[0]?.upstream, "https://all.corp");
});

test("passwords are in the Secret alone", async ({ dir }) => {
  const { config } = await labIn(dir, "registry: { cache: [docker.io, ghcr.io] }");
  const read = new Map([
    ["docker.io", { auth: { username: "ann", password: "of-ann" } }],
    ["ghcr.io", { auth: { auth: Buffer.from("bob:of:bob").toString("base64") } }],
  ]);
  const registry = { ...config.registry, configs: { "docker.io": {}, "ghcr.io": {} } };
  const caches = cachesOf(registry, serviceCidr, read);
  assert.equal(
    caches.map(({ login }) => login),
    [
      { username: "ann", password: "of-ann" },
      { username: "bob", password: "of:bob" },
    ],
  );
  const [, ...others] = renderCaches(caches, settings);
  for (const secret of ["of-ann", "of:bob", "of-the-proxy"]) assert.not.match(JSON.stringify(others), secret);
  const files = filesOf(caches);
  assert.equal(JSON.parse(files["credentials-5001"] ?? ""), {
    ServerURL: "https://registry-1.docker.io",
    Username: "ann",
    Secret: "of-ann",
  });
  assert.not.match(files["5001.json"] ?? "", "of-ann");
  assert.match(
    filesOf(caches, { ...settings, isBare: true })["5001.json"] ?? "",
    "https://ann:of-ann@registry-1.docker.io",
  );
});

test("several servers each have one, which stays with a server that does not answer", async ({ dir }) => {
  const { config } = await labIn(dir, "registry: { cache: [docker.io] }");
  const caches = cachesOf(config.registry, serviceCidr, new Map());
  interface Pods {
    readonly spec: {
      readonly replicas: number;
      readonly template: {
        readonly spec: {
          readonly nodeSelector?: object;
          readonly affinity?: Readonly<Record<string, object>>;
          readonly tolerations: readonly { readonly key: string }[];
        };
      };
    };
  }
  const deployed = (of: CacheSettings) => (renderCaches(caches, of)[1] as unknown as Pods).spec;
  const one = deployed(settings);
  assert.equal([one.replicas, one.template.spec.nodeSelector], [1, { "kubernetes.io/hostname": "multi" }]);
  assert.is(one.template.spec.affinity, undefined);
  const servers = ["multi", "server2", "server3"];
  const { replicas, template } = deployed({ ...settings, placed: { node: "multi", servers } });
  assert.is(replicas, 3);
  assert.is(template.spec.nodeSelector, undefined);
  assert.match(JSON.stringify(template.spec.affinity?.nodeAffinity), '"values":["multi","server2","server3"]');
  assert.match(JSON.stringify(template.spec.affinity?.podAntiAffinity), '"app":"kube-registry-cache"');
  assert.ok(template.spec.tolerations.some(({ key }) => key === "node.kubernetes.io/unreachable"));
});

/** Runs the registry's program until it is disposed of. */
async function serve(
  program: string,
  config: string,
  access: Access,
  env: NodeJS.ProcessEnv = {},
): Promise<AsyncDisposable> {
  const log = openSync(`${config}.log`, "a");
  const child = spawn(program, ["serve", config], {
    stdio: ["ignore", log, log],
    env: { ...process.env, OTEL_TRACES_EXPORTER: "none", ...env },
  });
  for (let tries = 0; !(await serves(access)); tries++) {
    if (tries === 300 || child.exitCode !== null) throw new Error("the registry does not start");
    await delay(50);
  }
  return {
    async [Symbol.asyncDispose]() {
      if (child.exitCode !== null || child.signalCode !== null) return;
      child.kill("SIGKILL");
      await once(child, "exit");
    },
  };
}

const archive = builtArchive();

for (const isBare of archive === undefined ? [] : [true, false]) {
  const how = isBare ? "in the image of the build from modules" : "in an image with a shell";
  test(`a cache ${how} signs in, starts and serves without its upstream, and fetches again what gc has removed`, async ({
    dir,
  }) => {
    extractRegistry(archive ?? "", dir);
    const program = join(dir, "bin/registry");
    const [upstreamPort, port] = [await freePort(), await freePort()];
    const login = { username: "ann", password: "of-ann" };
    writeFileSync(join(dir, "htpasswd"), `ann:${await hash(login.password, 4)}\n`);
    const of = {
      version: 0.1,
      storage: { filesystem: { rootdirectory: join(dir, "upstream") } },
      http: { addr: `127.0.0.1:${upstreamPort}` },
      auth: { htpasswd: { realm: "own", path: join(dir, "htpasswd") } },
    };
    writeFileSync(join(dir, "upstream.json"), JSON.stringify(of));
    const upstream = { endpoint: `http://127.0.0.1:${upstreamPort}`, login };
    const cache: Cache = { registry: "own.corp:5000", endpoint: "", port, upstream: upstream.endpoint, login };
    // As in its pod: there the folders have other names.
    const texts = filesOf([cache], { ...settings, isBare, proxies: {} });
    const store = join(dir, "images");
    mkdirSync(store);
    for (const [name, text] of Object.entries(texts)) {
      const here = text
        .replaceAll("/etc/k3s-lab-cache", dir)
        .replaceAll("/var/lib/registry", store)
        .replaceAll('"/bin/registry"', JSON.stringify(program));
      writeFileSync(join(dir, name), here, { mode: 0o700 });
    }
    const access = { endpoint: `http://127.0.0.1:${port}` };
    const start = () =>
      serve(program, join(dir, `${port}.json`), access, { K3S_LAB_CREDENTIALS: join(dir, `credentials-${port}`) });
    const image = makeImage({
      architecture: "amd64",
      config: {},
      layer: writeTar([{ name: "content", content: Buffer.from("content") }]),
    });
    const { digest } = image.manifest;
    const layer = image.layers[0]?.digest ?? "";
    const blob = async () =>
      (await fetch(`${access.endpoint}/v2/acme/app/blobs/${layer}`).then((answer) => answer.arrayBuffer())).byteLength;
    {
      await using _upstream = await serve(program, join(dir, "upstream.json"), upstream);
      await putImage(image, { access: upstream, repository: "acme/app", tag: "1" });
      await using _cache = await start();
      assert.is((await tagAt(access, "acme/app", "1"))?.digest, digest);
      await fetch(`${access.endpoint}/v2/acme/app/manifests/${digest}`).then((answer) => answer.text());
      assert.ok((await blob()) > 100);
      await delay(300);
    }
    {
      await using _cache = await start();
      assert.is((await tagAt(access, "acme/app", "1"))?.digest, digest, "it starts without its upstream");
      assert.ok((await blob()) > 100);
      const [held] = cachedIn(store, ["own.corp:5000"]);
      assert.equal([held?.name, held?.digest], ["own.corp:5000/acme/app:1", digest]);
      assert.ok((held?.bytes ?? 0) > 100);
      assert.equal(await actionsOf(collectCachedImagesStep(store, 1, () => {})), [], "it was pulled today");
      let freed = 0;
      await carryOut([collectCachedImagesStep(store, 0, (bytes) => void (freed += bytes))], {
        stage: "registry-cache",
        report: () => {},
      });
      assert.ok(freed > 100);
      await using _upstream = await serve(program, join(dir, "upstream.json"), upstream);
      assert.ok((await blob()) > 100, "a cache that serves fetches it again");
      const log = readFileSync(join(dir, `${port}.json.log`), "utf8");
      assert.match(log, "GET /v2/");
      assert.not.match(log, login.password);
    }
  });
}

test.run();
