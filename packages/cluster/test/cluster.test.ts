import { parseCidr } from "@k3s-lab/ip";
import { LabState } from "@k3s-lab/lab";
import { decideCluster } from "../src/cluster.js";
import { nameOfRelease } from "@k3s-lab/k3s-source";
import { machines, network, release } from "./world.js";
import { suite } from "uvu";
import * as assert from "uvu/assert";

const test = suite("cluster");
const asked = { source: "auto", version: "v1.34.4+k3s1", baseUrl: "https://example.org" } as const;

test("is pure data of the release and of what lies upstream", () => {
  const cluster = decideCluster({ state: new LabState("/lab/.lab") }, network, machines, { asked, release });
  assert.equal(cluster, {
    ...release,
    asked,
    sha256: release.binary.sha256,
    server: "https://10.76.0.10:6443",
    serverNode: "multi",
    kubeconfig: "/lab/.lab/kubeconfig",
    podCidr: parseCidr("10.42.0.0/16"),
    serviceCidr: parseCidr("10.43.0.0/16"),
    clusterDns: "10.43.0.10",
  });
});

test("a plan names what it will be installed from, as far as that is known", () => {
  const unknown = {
    version: "v1.34.4+k3s1",
    folder: "/airgap",
    binary: { ...release.binary, sha256: "" },
    archives: [],
  };
  assert.is(nameOfRelease(release), "K3s v1.34.4+modules (modules)");
  assert.is(nameOfRelease({ ...release, binary: unknown.binary }), "K3s v1.34.4+modules (modules)");
  assert.is(nameOfRelease({ ...unknown, source: "directory" }), "K3s from /airgap");
  assert.is(nameOfRelease({ ...unknown, source: "release" }), "K3s v1.34.4+k3s1 (release)");
});

test.run();
