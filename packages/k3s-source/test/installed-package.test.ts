import { appendFileSync, chownSync, rmSync } from "node:fs";
import { join } from "node:path";
import { Problem } from "@k3s-lab/problem";
import { rootOnly } from "@k3s-lab/testbed";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { hostArch } from "../src/arch.js";
import { findPackage, readPackage } from "../src/installed-package.js";
import { installPackage, packages } from "./package-folder.js";
import { arch, imageArchive, images, listen, makeRelease, refusal, type ReleaseFolder } from "./release-folder.js";

const test = suite<{ release: ReleaseFolder }>("k3s-source installed package");
const rootTest = rootOnly("k3s-source installed package", test);
test.before.each((context) => void (context.release = makeRelease()));
test.after.each(({ release }) => release.remove());

/** Expects that no package can be used, and returns why. */
function obstacle(release: ReleaseFolder): Problem {
  const found = findPackage(arch, release.root);
  assert.instance(found, Problem);
  return found as Problem;
}

test("a package beside lab.yaml is read as the build that it brings", async ({ release }) => {
  const folder = installPackage(release);
  assert.is(findPackage(arch, release.root), folder);
  assert.is(findPackage(arch, join(release.root, "a", "lab")), folder, "also in a folder above");
  const { source, version, archives } = await readPackage(folder, arch, listen());
  assert.equal([source, version, archives.map(({ name }) => name)], ["package", "v1.34.4+modules", [images]]);
});

test("without a package, the message names the one to install", ({ release }) => {
  const { id, message, exitCode } = obstacle(release);
  assert.equal([id, exitCode], ["LAB-SRC-021", 3]);
  const { name, version } = packages.own;
  assert.match(message, `${name}: is not installed. Install ${name}@${version} beside lab.yaml or k3s-lab`);
});

test("a package for another processor is named as that", ({ release }) => {
  const folder = installPackage(release, "other");
  const { cpu } = packages.own;
  assert.match(
    obstacle(release).message,
    `${folder}: is for ${packages.other.cpu}, expected ${cpu}, this host's processor`,
  );
  installPackage(release, "own", { cpu: [packages.other.cpu] });
  assert.is(obstacle(release).id, "LAB-SRC-022");
});

test("a package of another k3s-lab is refused", ({ release }) => {
  const folder = installPackage(release, "own", { version: "0.0.1" });
  assert.match(obstacle(release).message, `${folder}: is of k3s-lab 0.0.1, expected ${packages.own.version}. Install`);
});

test("no package is made for a rare processor", ({ release }) => {
  const found = findPackage(hostArch("s390x"), release.root);
  assert.match((found as Problem).message, "there is no package for s390x, only for amd64 and arm64");
});

rootTest("a package that another user has put into a folder above is not run as root", ({ release }) => {
  const folder = installPackage(release);
  chownSync(folder, 12_345, 12_345);
  assert.match(obstacle(release).message, `${folder}: belongs to the user 12345, expected root or the user who calls`);
});

test("a damaged package is refused, whichever file it is", async ({ release }) => {
  const folder = installPackage(release);
  const attempt = () => refusal(readPackage(folder, arch, listen()));
  appendFileSync(join(folder, images), "x");
  assert.match(
    await attempt(),
    /airgap.*: has the wrong sha256, expected .*\. Install the package again\. \[LAB-SRC-023\]$/,
  );
  release.put("k3s-more.tar", imageArchive("more:1"));
  installPackage(release);
  assert.match(await attempt(), /has no line for k3s-more\.tar.*\[LAB-SRC-023\]$/);
  rmSync(join(folder, "k3s-more.tar"));
  rmSync(join(folder, arch.binary));
  assert.match(await attempt(), new RegExp(`has no ${arch.binary}, seen: .*\\[LAB-SRC-023\\]$`));
});

test.run();
