import { suite } from "uvu";
import * as assert from "uvu/assert";
import { distributionOf, importCommand, loaderOf } from "../src/distribution.js";
import { node } from "./objects.js";

const test = suite("cluster-guard distribution");

test("a cluster's nodes tell what made it", () => {
  const kind = node("dev-control-plane", { providerID: "kind://docker/dev/dev-control-plane" });
  assert.equal(distributionOf([kind]), { kind: "kind", cluster: "dev" });
  const k3d = node("k3d-my-lab-agent-0", { version: "v1.34.4+k3s1", providerID: "k3s://k3d-my-lab-agent-0" });
  assert.equal(distributionOf([k3d]), { kind: "k3d", cluster: "my-lab" });
  const minikube = node("minikube", { labels: { "minikube.k8s.io/name": "work" } });
  assert.equal(distributionOf([minikube]), { kind: "minikube", cluster: "work" });
  const microk8s = node("pc", { labels: { "microk8s.io/cluster": "true" } });
  assert.equal(distributionOf([microk8s]), { kind: "microk8s" });
  assert.equal(distributionOf([node("multi", { version: "v1.34.4+k3s1" })]), { kind: "k3s" });
  assert.equal(distributionOf([node("multi", { version: "v1.34.4+modules" })]), { kind: "k3s" });
  assert.equal(distributionOf([node("one", { version: "v1.34.4+rke2r1" })]), { kind: "rke2" });
  // A name alone, which any cluster may use, does not make it k3d.
  assert.equal(distributionOf([node("k3d-my-lab-server-0"), node("b")]), { kind: "unknown" });
});

test("each has its own way to bring an image onto its nodes", () => {
  assert.equal(loaderOf({ kind: "kind", cluster: "dev" }, "/g.tar"), {
    program: "kind",
    args: ["load", "image-archive", "/g.tar", "--name", "dev"],
  });
  assert.equal(loaderOf({ kind: "k3d", cluster: "dev" }, "/g.tar")?.args, [
    "image",
    "import",
    "/g.tar",
    "--cluster",
    "dev",
  ]);
  assert.equal(loaderOf({ kind: "minikube", cluster: "m" }, "/g.tar")?.args, [
    "image",
    "load",
    "/g.tar",
    "--profile",
    "m",
  ]);
  assert.is(loaderOf({ kind: "k3s" }, "/g.tar"), undefined);
  assert.is(importCommand({ kind: "k3s" }, "g.tar"), "k3s ctr images import g.tar");
  assert.is(importCommand({ kind: "microk8s" }, "g.tar"), "microk8s ctr images import g.tar");
  assert.match(importCommand({ kind: "rke2" }, "g.tar"), "--namespace k8s.io images import g.tar");
  assert.is(importCommand({ kind: "unknown" }, "g.tar"), "ctr --namespace k8s.io images import g.tar");
});

test.run();
