import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { imagesIn, makeImage, namedArchive, writeTar } from "@k3s-lab/images";
import { carryOut, sentencesOf } from "@k3s-lab/steps";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { builtArchive, startRegistry } from "../../registry/test/real-registry.js";
import { bringImageStep } from "../src/bring-image.js";
import type { ClusterApi } from "../src/cluster-api.js";
import { type Loader, loaderOf } from "../src/distribution.js";
import { buildImage, hashOfSources, localName } from "../src/image.js";
import { node, pod } from "./objects.js";

const test = suite("cluster-guard bring the image");

const signal = new AbortController().signal;
const cluster = (pods: readonly string[]) =>
  ({
    nodes: async () => [node("multi"), node("gone", { ready: false })],
    pods: async () => pods.map((name) => pod(name)),
  }) as unknown as ClusterApi;
const bring = (api: ClusterApi, reference: string, architectures: readonly string[], build = buildImage) =>
  bringImageStep({ api, delivery: { by: "push", reference }, architectures, revision: "r1", plainHttp: true, build });

test("where every node that is Ready runs it, nothing is brought", async () => {
  assert.equal(await sentencesOf([bring(cluster(["multi"]), "r:5000/g:1", ["amd64"])]), []);
  assert.equal(await sentencesOf([bring(cluster([]), "r:5000/g:1", ["amd64"])]), ["push r:5000/g:1"]);
});

test("the program is built once, and its archive has the name that nodes know", async () => {
  const cache = mkdtempSync(join(tmpdir(), "k3s-lab-guard-cache-"));
  try {
    const messages: string[] = [];
    const build = () =>
      buildImage({ architectures: ["amd64"], cache, signal, progress: (message) => void messages.push(message) });
    const archive = await build();
    assert.is(await build(), archive);
    assert.equal(messages, ["building the guard's program for amd64"]);
    assert.equal(await imagesIn(archive), [localName(await hashOfSources())]);
  } finally {
    rmSync(cache, { recursive: true });
  }
});

test("the cluster's own program is given the archive, and its failure is reported", async () => {
  const dir = mkdtempSync(join(tmpdir(), "k3s-lab-guard-kind-"));
  const path = process.env.PATH;
  process.env.PATH = `${dir}:${path}`;
  const load = () =>
    carryOut(
      [
        bringImageStep({
          api: cluster([]),
          delivery: { by: "load", loader: loaderOf({ kind: "kind", cluster: "dev" }) as Loader },
          architectures: ["amd64"],
          revision: "r1",
          plainHttp: false,
          build: async () => "/guard.tar",
        }),
      ],
      { stage: "guard", report: () => {} },
    );
  try {
    writeFileSync(join(dir, "kind"), '#!/bin/sh\necho "$@" >"${0%/*}/given"\n', { mode: 0o755 });
    assert.is(await load(), 1);
    assert.is(readFileSync(join(dir, "given"), "utf8"), "load image-archive /guard.tar --name dev\n");
    writeFileSync(join(dir, "kind"), "#!/bin/sh\necho no nodes found >&2; exit 1\n", { mode: 0o755 });
    const error = await load().catch((cause: unknown) => cause);
    assert.match(String(error), "kind: ended with exit code 1:\nno nodes found");
  } finally {
    process.env.PATH = path;
    rmSync(dir, { recursive: true });
  }
});

const archive = builtArchive();
if (archive === undefined) console.log("skipped: no registry has been built from modules here");
const registryTest = archive === undefined ? test.skip : test;

registryTest("nodes of two architectures each find theirs in the registry", async () => {
  await using real = await startRegistry(archive ?? "");
  const { host } = real.registry;
  const dir = mkdtempSync(join(tmpdir(), "k3s-lab-guard-image-"));
  const build = async () => {
    const images = ["amd64", "arm64"].map((architecture) =>
      makeImage({ architecture, config: {}, layer: writeTar([{ name: "a", content: Buffer.from(architecture) }]) }),
    );
    writeFileSync(join(dir, "image.tar"), namedArchive(images, "k3s-lab.local/guard:1"));
    return join(dir, "image.tar");
  };
  const step = bring(cluster([]), `${host}/guard:1`, ["amd64", "arm64"], build);
  await carryOut([step], { stage: "guard", report: () => {} });
  rmSync(dir, { recursive: true });
  const answer = await fetch(`http://${host}/v2/guard/manifests/1`, {
    headers: { accept: "application/vnd.oci.image.index.v1+json" },
  });
  const { manifests } = (await answer.json()) as { manifests: { platform: { architecture: string } }[] };
  assert.equal(
    manifests.map(({ platform }) => platform.architecture),
    ["amd64", "arm64"],
  );
});

test.run();
