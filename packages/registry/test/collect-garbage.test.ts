import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { makeImage, writeTar } from "@k3s-lab/images";
import { type KubeObject, pathOf, type Pod } from "@k3s-lab/kube";
import { openLab } from "@k3s-lab/lab";
import { NotRunning } from "@k3s-lab/machines";
import { Problem } from "@k3s-lab/problem";
import { carryOut, sentencesOf } from "@k3s-lab/steps";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { collectGarbageStep, collectorOf, parseGarbage } from "../src/collect-garbage.js";
import { renderCollector, renderRegistry } from "../src/manifest.js";
import { Registry } from "../src/registry.js";
import { putImage } from "../src/registry-api.js";
import { storedImages } from "../src/stored-images.js";
import { builtArchive, extractRegistry, startRegistry } from "./real-registry.js";

const test = suite<{ dir: string }>("registry collect-garbage");

test.before.each((context) => {
  context.dir = mkdtempSync(join(tmpdir(), "k3s-lab-garbage-test-"));
});
test.after.each(({ dir }) => rmSync(dir, { recursive: true }));

test("version 3 removes untagged manifests, too; version 2 would take an image's platforms for them", () => {
  const [three, two] = [
    collectorOf("bin/registry github.com/distribution/distribution/v3 v3.1.2"),
    collectorOf("/bin/registry github.com/docker/distribution v2.8.3"),
  ];
  assert.equal(three, { flags: ["--delete-untagged"], config: "/etc/distribution/config.yml" });
  assert.equal(two, { flags: [], config: "/etc/docker/registry/config.yml" });
  // A build of its own tells no version.
  assert.equal(collectorOf("/bin/registry github.com/distribution/distribution/v3 (devel)"), three);
});

const registry = new Registry({ node: "multi", address: "127.0.0.1", port: 1, published: 1 });
const digest = `sha256:${"ab".repeat(32)}`;
const garbage = `hello
hello: marking manifest sha256:${"cd".repeat(32)}

3 blobs marked, 1 blobs and 2 manifests eligible for deletion
blob eligible for deletion: ${digest}
hello: layer link eligible for deletion: ${digest}`;

test("what may go is read from a dry run", () => {
  assert.equal(parseGarbage(garbage), { blobs: [digest], manifests: 2 });
  assert.equal(parseGarbage("\n3 blobs marked, 0 blobs and 0 manifests eligible for deletion"), {
    blobs: [],
    manifests: 0,
  });
});

/** A cluster whose registry and collector do what they are told, and that writes down in which order. */
async function cluster(dir: string, phase: "Succeeded" | "Failed" = "Succeeded") {
  const lab = await openLab(join(dir, "lab.yaml"));
  const did: string[] = [];
  let replicas = 1;
  let collector: KubeObject | undefined;
  const path = pathOf(renderCollector("registry:3", registry, []));
  const [deployment] = renderRegistry("registry:3", registry);
  const api = {
    isReady: async () => true,
    find: async (asked: string) => {
      if (asked === pathOf(deployment)) {
        const status = { replicas, updatedReplicas: replicas, availableReplicas: replicas };
        return {
          ...deployment,
          metadata: { ...deployment.metadata, generation: 1 },
          status: { ...status, observedGeneration: 1 },
        };
      }
      const terminated = { exitCode: 1, message: "failed to garbage collect: the disk is full\n" };
      return collector && { ...collector, status: { phase, containerStatuses: [{ state: { terminated } }] } };
    },
    list: async () => Array.from({ length: replicas }, () => ({ metadata: { name: "kube-registry-1" } }) as Pod),
    patch: async (patched: string, fields: { readonly spec?: { readonly replicas?: number } }) => {
      assert.is(patched, pathOf(deployment));
      replicas = fields.spec?.replicas ?? replicas;
      did.push(`replicas ${replicas}`);
      return {};
    },
    create: async (list: string, object: KubeObject) => {
      assert.is(`${list}/${object.metadata.name}`, path);
      assert.is(replicas, 0, "no registry serves while garbage is collected");
      collector = object;
      const [container] = (object.spec as { readonly containers: readonly { readonly command: readonly string[] }[] })
        .containers;
      did.push(container?.command.join(" ") ?? "");
      return object;
    },
    delete: async () => {
      if (collector !== undefined) did.push("delete the pod");
      collector = undefined;
    },
    apply: async (_: string, object: object) => object,
  };
  const nodes = {
    timeoutFactor: 1,
    exec: async (_: string, argv: readonly string[]) => {
      const command = argv.join(" ");
      const isDone = did.some((line) => line.startsWith("/bin/registry")) && phase === "Succeeded";
      const stdout = command.includes("--version")
        ? "registry github.com/distribution/distribution/v3 v3.1.2"
        : command.includes("--dry-run")
          ? isDone
            ? "0 blobs and 0 manifests eligible for deletion"
            : garbage
          : "12400000";
      return { exitCode: 0, stdout, stderr: "" };
    },
  };
  return { lab, did, world: { api: () => api as never, nodes } };
}

test("the registry stands still while its garbage is collected, and serves afterwards", async ({ dir }) => {
  const { lab, did, world } = await cluster(dir);
  let freed = 0;
  await using real = await startRegistryOrNothing();
  if (real === undefined) return;
  const step = collectGarbageStep(lab, real.registry, (bytes) => (freed += bytes), world);
  assert.equal(await sentencesOf([step]), [
    "registry: stop it for a moment, and remove 1 blobs (12 MB) that no tag leads to",
  ]);
  await carryOut([step], { stage: "registry", report: () => {} });
  assert.equal(did, [
    "replicas 0",
    "/bin/registry garbage-collect --delete-untagged /etc/distribution/config.yml",
    "delete the pod",
    "replicas 1",
  ]);
  assert.is(freed, 12_400_000);
  assert.equal(await sentencesOf([step]), []);
});

test("the registry comes back where its program fails, whose last words are told", async ({ dir }) => {
  const { lab, did, world } = await cluster(dir, "Failed");
  const failing = carryOut([collectGarbageStep(lab, registry, () => {}, world)], {
    stage: "registry",
    report: () => {},
  });
  assert.match(
    String(await failing.catch(String)),
    /ended with exit code 1: failed to garbage collect: the disk is full\./,
  );
  assert.is(did.at(-1), "replicas 1");
});

test("a missing server is named at once, and nothing is changed", async ({ dir }) => {
  const { lab, did, world } = await cluster(dir);
  const servers = ["multi", "server2", "server3"];
  const several = new Registry({ node: "multi", address: "127.0.0.1", port: 1, servers });
  const asked: string[] = [];
  const exec = async (node: string, argv: readonly string[]) => {
    asked.push(argv.join(" "));
    if (node === "server2") throw new NotRunning(node, "stopped");
    return world.nodes.exec(node, argv);
  };
  const step = collectGarbageStep(lab, several, () => {}, { ...world, nodes: { timeoutFactor: 1, exec } });
  const refused = await carryOut([step], { stage: "registry", report: () => {} }).catch((error: unknown) => error);
  assert.instance(refused, Problem);
  assert.match(String(refused), /server2: its machine does not run, .*nothing was changed\. .*\[LAB-REG-017\]/);
  assert.equal(did, []);
  assert.ok(asked.every((command) => command.endsWith("/readyz")));
});

const archive = builtArchive();

async function startRegistryOrNothing() {
  return archive === undefined ? undefined : startRegistry(archive);
}

/** An image whose one layer differs by its content. */
function image(content: string) {
  const layer = writeTar([{ name: "content", content: Buffer.from(content.repeat(1000)) }]);
  return makeImage({ architecture: "amd64", config: {}, layer, gzipped: gzipSync(layer) });
}

if (archive === undefined) console.log("registry collect-garbage: skipped what needs a build of k3s-from-modules");
else {
  test("an image that was pushed again leaves garbage that the real program finds and removes; the new one stays", async ({
    dir,
  }) => {
    await using real = await startRegistry(archive);
    const { access } = real.registry;
    const put = (content: string, repository: string) => {
      const { manifest, blobs } = image(content);
      return putImage({ manifest, blobs }, { access, repository, tag: "1" });
    };
    await put("first", "hello");
    await put("second", "hello");
    await put("other", "acme/other");
    extractRegistry(archive, dir);
    const collect = (...flags: readonly string[]) =>
      execFileSync(join(dir, "bin/registry"), ["garbage-collect", "--delete-untagged", ...flags, real.configFile], {
        encoding: "utf8",
        stdio: ["ignore", "pipe", "ignore"],
      });
    const { blobs, manifests } = parseGarbage(collect("--dry-run"));
    const first = [...image("first").blobs.keys()];
    assert.equal(manifests, 1);
    assert.equal(blobs.toSorted(), first.filter((each) => !image("second").blobs.has(each)).toSorted());
    collect();
    assert.equal(parseGarbage(collect("--dry-run")), { blobs: [], manifests: 0 });
    const stored = await storedImages(access);
    assert.equal(stored?.map(({ name }) => name).toSorted(), ["acme/other:1", "hello:1"]);
  });

  test("what the registry holds is listed over all its pages, with what its layers take", async () => {
    await using real = await startRegistry(archive);
    const { access } = real.registry;
    for (const name of ["hello:1", "hello:2", "hello:3", "acme/a:1", "acme/b:1"]) {
      const [repository = "", tag = ""] = name.split(":");
      const { manifest, blobs } = image(`content ${tag}`);
      await putImage({ manifest, blobs }, { access, repository, tag });
    }
    const stored = await storedImages(access, undefined, 2);
    assert.equal(stored?.map(({ name }) => name).toSorted(), ["acme/a:1", "acme/b:1", "hello:1", "hello:2", "hello:3"]);
    const { manifest, blobs } = image("content 2");
    const second = stored?.find(({ name }) => name === "hello:2");
    assert.is(second?.digest, manifest.digest);
    const manifestBytes = blobs.get(manifest.digest)?.length ?? 0;
    assert.is(second?.bytes, [...blobs.values()].reduce((sum, blob) => sum + blob.length, 0) - manifestBytes);
    assert.is(await storedImages({ endpoint: "http://127.0.0.1:1" }), undefined, "none answers");
  });
}

test.run();
