import { suite } from "uvu";
import * as assert from "uvu/assert";
import { hostArch, sumsFile } from "../src/arch.js";
import { airgapArchives, archiveNames, archOf } from "../src/archives.js";
import { listen } from "./release-folder.js";

const test = suite("cluster archives");
const amd64 = hostArch("x64");

test("files are called as a release calls them", () => {
  assert.equal(
    ["x64", "arm64", "arm", "s390x"].map((name) => [hostArch(name).binary, sumsFile(hostArch(name))]),
    [
      ["k3s", "sha256sum-amd64.txt"],
      ["k3s-arm64", "sha256sum-arm64.txt"],
      ["k3s-armhf", "sha256sum-arm.txt"],
      ["k3s-s390x", "sha256sum-s390x.txt"],
    ],
  );
  assert.throws(() => hostArch("mips"), /no release for its processor \(mips\)/);
});

test("of each archive the smallest form is taken, and none of another processor", () => {
  const names = [
    "k3s",
    "k3s-airgap-images-amd64.tar",
    "k3s-airgap-images-amd64.tar.gz",
    "k3s-airgap-images-amd64.tar.zst",
    "k3s-airgap-images-arm64.tar.zst",
    "k3s-airgap-registry-amd64.tar",
    "k3s-images.txt",
  ];
  assert.equal(airgapArchives(names, amd64), ["k3s-airgap-images-amd64.tar.zst", "k3s-airgap-registry-amd64.tar"]);
  assert.equal(airgapArchives(names, hostArch("arm")), []);
});

test("a processor is read from the end of a name only", () => {
  assert.is(archOf("k3s-airgap-images-arm64.tar.zst"), "arm64");
  assert.is(archOf("my-arm-tools.tar"), undefined);
});

test("of a folder every archive is taken but one for another processor, which is reported", () => {
  const log = listen();
  const names = ["k3s", "mine.tgz", "k3s-airgap-images-arm64.tar", "notes.txt", "all-amd64.tar.gz"];
  assert.equal(archiveNames("/air-gap", names, amd64, log), ["mine.tgz", "all-amd64.tar.gz"]);
  assert.equal(log.notes, ["/air-gap/k3s-airgap-images-arm64.tar is for arm64, the nodes are amd64: it is left out"]);
  assert.throws(() => archiveNames("/air-gap", ["a b.tar"], amd64, log), /^\/air-gap\/a b.tar: has a strange name/);
});

test.run();
