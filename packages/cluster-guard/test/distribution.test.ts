import { suite } from "uvu";
import * as assert from "uvu/assert";
import { distributionOf, importCommand, loaderOf, runOnDocker } from "../src/distribution.js";
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

test("any node that shows it will do, and the surest sign goes first", () => {
  // Invented, in the form of `k3d node create extra`.
  const k3s = (name: string) => node(name, { version: "v1.33.1+k3s1" });
  const lab = { kind: "k3d", cluster: "lab" } as const;
  assert.equal(distributionOf([k3s("k3d-extra-0"), k3s("k3d-lab-server-0")]), lab);
  assert.equal(distributionOf([k3s("k3d-another-agent-0"), k3s("k3d-lab-server-0")]), lab);
  assert.equal(distributionOf([node("a"), node("b", { labels: { "minikube.k8s.io/name": "m" } })]), {
    kind: "minikube",
    cluster: "m",
  });
  assert.equal(distributionOf([node("t", { osImage: "Talos (v1.10.1)" })]), { kind: "talos" });
  assert.equal(distributionOf([node("z", { version: "v1.33.1+k0s" })]), { kind: "k0s" });
});

test("each has its own way to bring an image onto its nodes", () => {
  const line = (...distribution: Parameters<typeof loaderOf>) => {
    const { program, load, flags } = loaderOf(...distribution) ?? { program: "", load: [], flags: [] };
    return [program, ...load, "/g.tar", ...flags].join(" ");
  };
  assert.is(line({ kind: "kind", cluster: "dev" }), "kind load image-archive /g.tar --name dev");
  assert.is(line({ kind: "k3d", cluster: "dev" }), "k3d image import /g.tar --cluster dev");
  assert.is(line({ kind: "minikube", cluster: "m" }), "minikube image load /g.tar --profile m");
  assert.is(loaderOf({ kind: "k3s" }), undefined);
});

/** What `kubectl get nodes -o wide` shows, and from where. */
const imports: readonly (readonly [
  source: string,
  name: string,
  version: string,
  runtime: string,
  osImage: string,
  command: string | undefined,
])[] = [
  [
    "podman-desktop/podman-desktop#7339: K3s",
    "k8s1",
    "v1.29.4+k3s1",
    "containerd://1.7.15-k3s1",
    "CentOS Stream 9",
    "k3s ctr images import g.tar",
  ],
  [
    "abiosoft/colima#661: Colima, whose docker is v20.10.20",
    "colima",
    "v1.25.4+k3s1",
    "docker://20.10.20",
    "",
    "docker load --input g.tar",
  ],
  [
    "abiosoft/colima#210: Colima with containerd, which its k3s.go starts K3s on",
    "colima",
    "v1.22.4+k3s1",
    "containerd://1.5.8",
    "",
    "ctr --namespace k8s.io images import g.tar",
  ],
  [
    "invented: Rancher Desktop's dockerd",
    "lima-rancher-desktop",
    "v1.33.1+k3s1",
    "docker://28.0.1",
    "",
    "docker load --input g.tar",
  ],
  [
    "invented: Rancher Desktop's containerd",
    "lima-rancher-desktop",
    "v1.33.1+k3s1",
    "containerd://2.0.5",
    "",
    "nerdctl --namespace k8s.io load --input g.tar",
  ],
  [
    "invented: Docker Desktop",
    "docker-desktop",
    "v1.32.2",
    "docker://28.0.1",
    "Docker Desktop",
    "docker load --input g.tar",
  ],
  [
    "zaki-lknr/initialize-kubeadm-ansible#34: kubeadm",
    "worker0",
    "v1.20.1",
    "containerd://1.4.3",
    "CentOS Linux 7 (Core)",
    "ctr --namespace k8s.io images import g.tar",
  ],
  [
    "kontena/pharos-cluster#456: CRI-O",
    "host-00",
    "v1.10.4",
    "cri-o://1.10.4",
    "Ubuntu 18.04 LTS",
    "podman load --input g.tar",
  ],
  [
    "siderolabs/talos#873: Talos",
    "alpha-1-dev-ewr1",
    "v1.15.0",
    "containerd://1.2.7",
    "Talos (40ae00d-dirty)",
    undefined,
  ],
  [
    "invented: Bottlerocket",
    "ip-10-0-0-1",
    "v1.30.0-eks-1",
    "containerd://1.7.20",
    "Bottlerocket OS 1.20.0",
    undefined,
  ],
  ["invented: k0s", "k", "v1.33.1+k0s", "containerd://1.7.27", "", "k0s ctr --namespace k8s.io images import g.tar"],
  [
    "invented: RKE2",
    "r",
    "v1.33.1+rke2r1",
    "containerd://2.0.5-k3s1",
    "",
    "/var/lib/rancher/rke2/bin/ctr --address /run/k3s/containerd/containerd.sock --namespace k8s.io images import g.tar",
  ],
  [
    "invented: a build of k3s-from-modules",
    "multi",
    "v1.34.4+modules",
    "containerd://2.1.5",
    "",
    "k3s ctr images import g.tar",
  ],
];
for (const [source, name, version, runtime, osImage, command] of imports) {
  test(`an image is imported by the runtime of its node: ${source}`, () => {
    const seen = node(name, { version, runtime, osImage });
    assert.is(importCommand(seen, "g.tar"), command);
    assert.is(runOnDocker([seen]), runtime.startsWith("docker:"));
  });
}

test("MicroK8s is known by its label", () => {
  const seen = node("pc", { labels: { "microk8s.io/cluster": "true" }, runtime: "containerd://1.7.27" });
  assert.is(importCommand(seen, "g.tar"), "microk8s ctr images import g.tar");
});

test.run();
