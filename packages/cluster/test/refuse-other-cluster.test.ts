import { parseCidr } from "@k3s-lab/ip";
import type { Problem } from "@k3s-lab/problem";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { type Made, refuseOtherCluster } from "../src/refuse-other-cluster.js";
import { agent1, multi, network } from "./world.js";

const test = suite("cluster refuse-other-cluster");

function refusal(made: Made, machines = [multi, agent1]): Problem | undefined {
  try {
    refuseOtherCluster({ file: "/lab.yaml" }, { hostNetwork: network, machines: { machines } }, made);
    return undefined;
  } catch (error) {
    return error as Problem;
  }
}

test("a cluster that has what lab.yaml asks for, or was never made, is not refused", () => {
  assert.is(refusal({ ...network, serverNode: "multi" }), undefined);
  assert.is(refusal({}), undefined);
});

test("other networks, and a server elsewhere, are another cluster", () => {
  const pods = refusal({ podCidr: parseCidr("10.99.0.0/16") });
  assert.is(pods?.id, "LAB-MCH-009");
  assert.is(pods?.what, "cluster.podCidr: is 10.42.0.0/16, and the cluster was made with 10.99.0.0/16");
  assert.match(refusal({ serviceCidr: parseCidr("10.98.0.0/16") })?.what ?? "", "cluster.serviceCidr: is 10.43.0.0/16");
  assert.is(refusal({ serverNode: "main" })?.what, "nodes: the server: is multi, and the cluster was made with main");
});

test.run();
