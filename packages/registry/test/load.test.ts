import { execFileSync } from "node:child_process";
import { copyFileSync, mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { missingPrograms } from "@k3s-lab/host";
import { makeImage, namedArchive, readImageFile, writeTar } from "@k3s-lab/images";
import { programs } from "@k3s-lab/images/skopeo";
import { hostArch } from "@k3s-lab/k3s-source";
import { NotRunning } from "@k3s-lab/machines";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { type Loaded, loadImages, type LoadOptions, referencesOf } from "../src/load.js";
import { parseNodeImages } from "../src/node-images.js";
import { Registry } from "../src/registry.js";
import { dockerArchive } from "./image-files.js";
import { FakeNodes } from "./fake-nodes.js";

const test = suite<{ dir: string }>("registry load");

test.before.each((context) => {
  context.dir = mkdtempSync(join(tmpdir(), "k3s-lab-load-test-"));
});
test.after.each(({ dir }) => rmSync(dir, { recursive: true }));

/** Nodes that keep what they are given. */
class KeepingNodes extends FakeNodes {
  readonly kept = new Map<string, string>();
  readonly #dir: string;

  constructor(dir: string, answer: (command: string) => number = () => 0) {
    super(answer);
    this.#dir = dir;
  }

  override async copyIn(name: string, hostPath: string, path: string) {
    await super.copyIn(name, "archive", path);
    copyFileSync(hostPath, join(this.#dir, `${name}.tar`));
    this.kept.set(name, path);
  }
}

function options(dir: string, nodes: FakeNodes): LoadOptions {
  const registry = new Registry({ node: "multi", address: "127.0.0.1", port: 1 });
  const env = { ...process.env, INIT_CWD: dir, TMPDIR: dir, DOCKER_HOST: `unix://${dir}/docker.sock` };
  return { registry, nodes, names: ["multi", "agent1"], install: "never", progress: () => {}, env };
}

async function loadAll(images: readonly string[], given: LoadOptions): Promise<Loaded[]> {
  const all: Loaded[] = [];
  for await (const loaded of loadImages(images, given)) all.push(loaded);
  return all;
}

test("an image gets the names that a kubelet completes what pods name to", () => {
  assert.equal(referencesOf(["hello:1"], undefined, "x"), ["docker.io/library/hello:1"]);
  assert.equal(referencesOf(["acme/hello:1", "ghcr.io/acme/hello:2", "multi:5000/hello:3"], undefined, "x"), [
    "docker.io/acme/hello:1",
    "ghcr.io/acme/hello:2",
    "multi:5000/hello:3",
  ]);
  assert.equal(referencesOf(["hello:1", "docker.io/library/hello:1"], undefined, "x"), ["docker.io/library/hello:1"]);
  assert.equal(referencesOf(["hello:1"], "other", "x"), ["docker.io/library/other:1"], "the image's own tag");
  assert.equal(referencesOf([], "other", "x"), ["docker.io/library/other:latest"]);
  assert.equal(
    referencesOf(["1.2"], undefined, "/w/hello.tar"),
    ["docker.io/library/hello:1.2"],
    "named after its file",
  );
  assert.throws(() => referencesOf([], undefined, "sha256:ab"), /has no name and tag of its own, expected --name/);
  assert.throws(() => referencesOf([], "Hello:1", "x"), /--name Hello:1: does not parse/);
});

test("what is wrong with an image is reported before a node is touched", async ({ dir }) => {
  const nodes = new KeepingNodes(dir);
  writeFileSync(join(dir, "hello.tar"), dockerArchive([["hello:1"]]));
  for (const [images, reason] of [
    [["hello.tar", "nothing.tar"], /nothing\.tar: does not exist/],
    [["hello.tar", "docker://HELLO"], /"HELLO" does not parse/],
  ] as const) {
    assert.match(String(await loadAll(images, options(dir, nodes)).catch(String)), reason);
  }
  const named = loadAll(["hello.tar", "hello.tar"], { ...options(dir, nodes), name: "a:1" });
  assert.match(String(await named.catch(String)), /--name a:1: is one name for 2 images/);
  assert.equal(nodes.commands, []);
});

test("what crictl tells of images is read, with those that have only a digest", () => {
  const images = [
    { id: "sha256:aa", repoTags: ["docker.io/library/hello:1", "multi:5000/hello:1"], repoDigests: [], size: "1200" },
    { id: "sha256:bb", repoTags: [], repoDigests: ["docker.io/library/old@sha256:cc"], size: "7" },
    { id: "sha256:dd", repoTags: null, repoDigests: null, size: 5 },
  ];
  assert.equal(parseNodeImages("multi", JSON.stringify({ images })), [
    { references: ["docker.io/library/hello:1", "multi:5000/hello:1"], id: "sha256:aa", bytes: 1200 },
    { references: ["docker.io/library/old@sha256:cc"], id: "sha256:bb", bytes: 7 },
    { references: [], id: "sha256:dd", bytes: 5 },
  ]);
  assert.throws(() => parseNodeImages("multi", "cannot connect"), /multi: does not tell its images as JSON/);
});

test("without skopeo, nodes import an archive of our own with all names, and of its platforms the nodes' alone", async ({
  dir,
}) => {
  const nodes = new KeepingNodes(dir);
  const imageFor = (architecture: string) =>
    makeImage({ architecture, config: {}, layer: writeTar([{ name: "x", content: Buffer.from(architecture) }]) });
  const own = imageFor(hostArch().name);
  writeFileSync(join(dir, "hello.tar"), dockerArchive([["hello:1", "ghcr.io/acme/hello:2"]]));
  writeFileSync(join(dir, "both.tar"), namedArchive([imageFor("sparc"), own], "both:1"));
  mkdirSync(join(dir, "bin"));
  symlinkSync("/bin/tar", join(dir, "bin/tar"));
  const { PATH: before } = process.env;
  process.env.PATH = join(dir, "bin");
  try {
    await loadAll(["hello.tar"], options(dir, nodes));
    const { images, kind } = await readImageFile(join(dir, "agent1.tar"));
    assert.is(kind, "oci-archive");
    assert.equal(
      images.flatMap(({ names }) => names),
      ["docker.io/library/hello:1", "ghcr.io/acme/hello:2"],
    );
    await loadAll(["both.tar"], { ...options(dir, nodes), name: "other:2" });
    const [image] = (await readImageFile(join(dir, "multi.tar"))).images;
    assert.equal(
      [image?.names, image?.descriptors.map(({ digest }) => digest)],
      [["docker.io/library/other:2"], [own.manifest.digest]],
    );
  } finally {
    process.env.PATH = before;
  }
});

const lacking = missingPrograms(programs).map(({ name }) => name);
if (lacking.length > 0) console.log(`registry load: skipped what copies images: ${lacking.join()} is missing`);
else {
  test("every node imports an archive with all names of the image, and nothing is left", async ({ dir }) => {
    const nodes = new KeepingNodes(dir);
    writeFileSync(join(dir, "hello.tar"), dockerArchive([["hello:1", "ghcr.io/acme/hello:2"]]));
    const references = ["docker.io/library/hello:1", "ghcr.io/acme/hello:2"];
    assert.equal(await loadAll(["hello.tar"], options(dir, nodes)), [{ references, nodes: ["multi", "agent1"] }]);
    for (const node of ["multi", "agent1"]) {
      const text = execFileSync("tar", ["xOf", join(dir, `${node}.tar`), "manifest.json"], { encoding: "utf8" });
      const [{ RepoTags = [] } = {}] = JSON.parse(text) as readonly { readonly RepoTags?: readonly string[] }[];
      // An archive names Docker's own registry as Docker does.
      assert.equal(
        RepoTags.map((tag) => tag.replace("docker.io/library/", "")),
        ["hello:1", "ghcr.io/acme/hello:2"],
      );
      const path = nodes.kept.get(node);
      const did = nodes.commands.filter((command) => command.startsWith(`${node}: `));
      assert.equal(did, [
        `${node}: copy archive ${path}`,
        `${node}: import-archive.sh ${path} /usr/local/bin/k3s ctr --namespace k8s.io images import -`,
        `${node}: rm -f ${path}`,
        ...references.map((reference) => `${node}: /usr/local/bin/k3s crictl inspecti ${reference}`),
      ]);
    }
    assert.equal(readdirSync(dir).toSorted(), ["agent1.tar", "hello.tar", "multi.tar"]);
  });

  test("a node that cannot import is named, and its archive removed; one that stands still is left to say so", async ({
    dir,
  }) => {
    writeFileSync(join(dir, "hello.tar"), dockerArchive([["hello:1"]]));
    const full = new KeepingNodes(dir, (command) => (/^agent1: .* images import/.test(command) ? 1 : 0));
    const failed = String(await loadAll(["hello.tar"], options(dir, full)).catch(String));
    assert.match(failed, /agent1: cannot import docker\.io\/library\/hello:1\. See whether its disk is full: npm run/);
    assert.ok(full.commands.some((command) => command.startsWith("agent1: rm -f ")));
    const blind = new KeepingNodes(dir, (command) => (/^multi: .* inspecti/.test(command) ? 1 : 0));
    const unknown = String(await loadAll(["hello.tar"], options(dir, blind)).catch(String));
    assert.match(unknown, /multi: has imported an archive, but does not know docker\.io\/library\/hello:1/);
    const still = new KeepingNodes(dir);
    still.copyIn = async (name) => {
      throw new NotRunning(name, "stopped");
    };
    assert.match(String(await loadAll(["hello.tar"], options(dir, still)).catch(String)), /multi: is stopped/);
  });
}

test.run();
