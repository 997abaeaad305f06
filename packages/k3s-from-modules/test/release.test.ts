import { readFile } from "node:fs/promises";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { images, kubernetesVersion, releaseFiles, requiredVersion, sources } from "../src/release.js";

test("names as in a release", () => {
  assert.equal(releaseFiles("amd64"), {
    binary: "k3s",
    images: "k3s-airgap-images-amd64.tar",
    metrics: "k3s-airgap-metrics-amd64.tar",
    registry: "k3s-airgap-registry-amd64.tar",
    sums: "sha256sum-amd64.txt",
    version: "VERSION",
  });
  assert.is(releaseFiles("arm64").binary, "k3s-arm64");
});

test("the version tells that it is no release", () => {
  assert.match(kubernetesVersion(), /^v1\.\d+\.\d+\+modules$/);
});

test("a requirement in either form", () => {
  assert.is(requiredVersion("require k8s.io/kubernetes v1.2.3\n", "k8s.io/kubernetes"), "v1.2.3");
  assert.is(
    requiredVersion("require (\n\tk8s.io/api v0.1.0\n\tk8s.io/kubernetes v1.2.3 // indirect\n)\n", "k8s.io/kubernetes"),
    "v1.2.3",
  );
  assert.throws(() => requiredVersion("", "k8s.io/kubernetes"), /no requirement of k8s\.io\/kubernetes/);
});

test("the images are the ones that the packer names and the manifests and the kubelet use", async () => {
  const recipes = await readFile(`${sources}/pack/recipes.go`, "utf8");
  for (const ref of Object.values(images)) assert.ok(recipes.includes(`"${ref}"`), ref);
  const manifests = await readFile(`${sources}/k3s/internal/manifests/packaged.go`, "utf8");
  assert.ok(manifests.includes(`"${images.coredns.replace("docker.io/", "")}"`));
  const metrics = await readFile(`${sources}/k3s/internal/metricsserver/metricsserver.go`, "utf8");
  assert.ok(metrics.includes(`"${images.metrics.replace("docker.io/", "")}"`));
  const config = await readFile(`${sources}/k3s/internal/config/config.go`, "utf8");
  assert.ok(config.includes(`"${images.pause}"`));
});

test.run();
