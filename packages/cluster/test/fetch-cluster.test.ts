import { cpSync, existsSync, mkdirSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { openLab } from "@k3s-lab/lab";
import { type ReleaseServer, serveRelease } from "@k3s-lab/testbed";
import { sentencesOf } from "@k3s-lab/steps";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { askedBy, fetchCluster, queryOf } from "../src/fetch-cluster.js";
import { foreseeRelease, knownRelease, type Log, type Release } from "@k3s-lab/k3s-source";
import { decideCluster } from "../src/cluster.js";
import { fetchK3sStep } from "../src/steps/fetch-k3s.js";
import { clusterRecord } from "../src/record.js";
import { machines, network } from "./world.js";
import {
  arch,
  fakeK3s,
  imageArchive,
  images,
  makeRelease,
  refusal,
  type ReleaseFolder,
  version,
} from "../../k3s-source/test/release-folder.js";
import { installPackage } from "../../k3s-source/test/package-folder.js";

const test = suite<{ release: ReleaseFolder }>("cluster fetch");
test.before.each((context) => void (context.release = makeRelease()));
test.after.each(({ release }) => release.remove());

/** A lab beside the folder of the release, with this under `cluster:`. */
const openWith = ({ root }: ReleaseFolder, cluster: Readonly<Record<string, string>>) => {
  writeFileSync(join(root, "lab.yaml"), JSON.stringify({ cluster }));
  return openLab(join(root, "lab.yaml"));
};
const byRelease = (release: ReleaseFolder, { baseUrl }: ReleaseServer) =>
  openWith(release, { source: "release", baseUrl });
const byDirectory = (release: ReleaseFolder) => openWith(release, { source: "directory", directory: "./release" });

function hear(): Log & { readonly told: string[] } {
  const told: string[] = [];
  const tell = (message: string) => void told.push(message);
  return { told, note: tell, progress: tell };
}
const quiet: Log = { note: () => {}, progress: () => {} };

/** What up records. */
const record = async (lab: Awaited<ReturnType<typeof openLab>>, release: Release) =>
  lab.state.write(clusterRecord, decideCluster(lab, network, machines, { asked: askedBy(lab), release }));

test("a plan names K3s by its source only where that is decided", async ({ release }) => {
  const nowhere = "http://127.0.0.1:9";
  const sentences = async (source: string) =>
    sentencesOf([fetchK3sStep(await openWith(release, { source, baseUrl: nowhere }))]);
  assert.equal(await sentences("release"), ["host: fetch K3s v1.34.4+k3s1 (release)"]);
  assert.equal(await sentences("auto"), ["host: fetch K3s"]);
});

test("a directory is taken from where lab.yaml is", async ({ release }) => {
  const lab = await byDirectory(release);
  const found = await fetchCluster(lab, quiet);
  assert.equal([found.source, found.folder], ["directory", release.dir]);
  assert.ok(existsSync(join(release.cache, "k3s-data/data/unpacked")), "and its k3s is unpacked on the host");
});

test("a directory in the caller's home is named with ~/", async ({ release }) => {
  const directory = async (written: string) =>
    askedBy(await openWith(release, { source: "directory", directory: written })).directory;
  assert.is(await directory("~/k3s"), join(homedir(), "k3s"));
  assert.is(await directory("k3s"), join(release.root, "k3s"));
});

test("a directory without the registry's image is reported as that", async ({ release }) => {
  const lab = await byDirectory(release);
  const complete = hear();
  await fetchCluster(lab, complete);
  assert.not.match(complete.told.join(), "no image archive");

  release.put(images, imageArchive("docker.io/rancher/mirrored-pause:3.6"));
  release.sum(arch.binary, images);
  const incomplete = hear();
  await fetchCluster(lab, incomplete);
  assert.match(incomplete.told.join(), "docker.io/library/registry:3.1.2: it will have to be pulled");
});

test("the second time nothing is asked, read or told", async ({ release }) => {
  await using server = await serveRelease({ dir: release.dir, version });
  const lab = await byRelease(release, server);
  const found = await fetchCluster(lab, quiet);
  const again = hear();
  const before = server.requests.length;
  assert.equal(await fetchCluster(lab, again), found);
  assert.equal([again.told, server.requests.length], [[], before]);
  assert.equal(await knownRelease(queryOf(lab)), found);
});

test("an archive that is put into the directory later is seen", async ({ release }) => {
  const lab = await byDirectory(release);
  const found = await fetchCluster(lab, quiet);
  await record(lab, found);
  release.put("own.tar", imageArchive("multi:5000/own:1"));
  const again = await fetchCluster(lab, quiet);
  assert.equal(
    again.archives.map(({ name }) => name),
    [images, "own.tar"],
  );
});

test("what an up has recorded stays until lab.yaml asks for something else", async ({ release }) => {
  await using server = await serveRelease({ dir: release.dir, version });
  const lab = await openWith(release, { baseUrl: server.baseUrl });
  await record(lab, { ...(await fetchCluster(await byDirectory(release), quiet)), source: "directory" });
  const recorded: Release = {
    ...(await fetchCluster(await byRelease(release, server), quiet)),
    version: "v1.0.0+k3s1",
  };
  await record(lab, recorded);
  assert.equal(await fetchCluster(lab, quiet), recorded);
  assert.is((await fetchCluster(await byRelease(release, server), quiet)).version, version);
});

test("a recorded release is fetched again when the cache is gone, and from nowhere else", async ({ release }) => {
  const lab = await (async () => {
    await using server = await serveRelease({ dir: release.dir, version });
    const opened = await openWith(release, { baseUrl: server.baseUrl });
    await record(opened, await fetchCluster(opened, quiet));
    rmSync(release.cache, { recursive: true });
    assert.is((await fetchCluster(opened, quiet)).source, "release");
    return opened;
  })();
  rmSync(release.cache, { recursive: true });
  // `auto` would take modules now.
  assert.match(await refusal(fetchCluster(lab, quiet)), "cannot be downloaded");
});

test("another k3s that is put into the folder is what the lab becomes, and a plan sees it coming", async ({
  release,
}) => {
  const lab = await byDirectory(release);
  const { binary } = await fetchCluster(lab, quiet);
  await record(lab, await fetchCluster(lab, quiet));
  release.put(arch.binary, fakeK3s("v1.34.5+k3s1"), 0o755);
  release.sum(arch.binary, images);
  const foreseen = await foreseeRelease(queryOf(lab));
  assert.equal([foreseen.version, foreseen.binary.sha256], ["v1.34.5+k3s1", ""]);
  const told = hear();
  const found = await fetchCluster(lab, told);
  assert.match(told.told.join(), `expected sha256 ${binary.sha256} (${version}), seen ${found.binary.sha256}`);
  for (const each of [await knownRelease(queryOf(lab)), await foreseeRelease(queryOf(lab))]) assert.equal(each, found);
  await record(lab, found);
  const again = hear();
  assert.equal([await fetchCluster(lab, again), again.told], [found, []]);
});

test("another k3s by the name of a release is refused once a lab is made of the first", async ({ release }) => {
  await using server = await serveRelease({ dir: release.dir, version });
  const lab = await byRelease(release, server);
  const { binary } = await fetchCluster(lab, quiet);
  await record(lab, await fetchCluster(lab, quiet));
  rmSync(release.cache, { recursive: true });
  release.put(arch.binary, `${fakeK3s()}# another`, 0o755);
  release.sum(arch.binary, images);
  const message = await refusal(fetchCluster(lab, quiet));
  assert.match(message, `expected sha256 ${binary.sha256} (${version}), seen `);
  assert.match(message, "cluster.version");
});

test("a choice of modules that nothing has recorded is made again after a day", async ({ release }) => {
  await using server = await serveRelease({ dir: release.dir, version });
  const lab = await openWith(release, { baseUrl: server.baseUrl });
  const found = await fetchCluster(lab, quiet);
  const file = join(release.cache, "resolved", `${lab.id}.json`);
  const modules: Release = { ...found, source: "modules" };
  writeFileSync(file, JSON.stringify({ asked: askedBy(lab), release: modules }));
  assert.equal(await knownRelease(queryOf(lab)), modules);
  const yesterday = Date.now() / 1000 - 25 * 3600;
  utimesSync(file, yesterday, yesterday);
  assert.is(await knownRelease(queryOf(lab)), undefined);
  assert.is((await fetchCluster(lab, quiet)).source, "release");
});

test("a package stays, and its files are read again only where its sums are others", async ({ release }) => {
  const lab = await openWith(release, { source: "package" });
  const folder = installPackage(release);
  const time = new Date("1985-10-26T08:15:00Z");
  const age = () => [arch.binary, images].forEach((name) => utimesSync(join(folder, name), time, time)); // as npm does
  age();
  const found = await fetchCluster(lab, quiet);
  assert.equal([found.source, found.folder], ["package", folder]);
  const again = hear();
  assert.equal([await fetchCluster(lab, again), again.told], [found, []]);
  await record(lab, found);
  release.put(arch.binary, fakeK3s("v1.34.4+k3s2"), 0o755);
  release.sum(arch.binary, images);
  installPackage(release);
  age();
  const later = hear();
  const { binary } = await fetchCluster(lab, later);
  assert.is.not(binary.sha256, found.binary.sha256);
  assert.match(later.told.join(), `is another K3s than the lab was made with, expected sha256 ${found.binary.sha256}`);
});

test("auto goes on with a package that is installed elsewhere by now, and asks no network", async ({ release }) => {
  const folder = join(release.root, "inner");
  mkdirSync(folder);
  writeFileSync(join(folder, "lab.yaml"), JSON.stringify({ cluster: { baseUrl: "http://127.0.0.1:9" } }));
  const lab = await openLab(join(folder, "lab.yaml"));
  const outer = installPackage(release);
  const found = await fetchCluster(lab, quiet);
  await record(lab, found);
  cpSync(join(release.root, "node_modules"), join(folder, "node_modules"), { recursive: true });
  rmSync(join(release.root, "node_modules"), { recursive: true });
  const later = hear();
  const again = await fetchCluster(lab, later);
  assert.equal([again.source, again.binary.sha256], ["package", found.binary.sha256]);
  assert.is(again.folder, outer.replace(release.root, folder));
  assert.not.match(later.told.join(), "no release can be reached");
});

test("a lab whose lab.yaml asks for something else knows nothing of it", async ({ release }) => {
  await fetchCluster(await byDirectory(release), quiet);
  assert.is(await knownRelease(queryOf(await openWith(release, { source: "modules" }))), undefined);
});

test.run();
