import { suite } from "uvu";
import * as assert from "uvu/assert";
import type { TelepresenceSeen } from "../../src/survey/telepresence-seen.js";
import { survey } from "../fixtures/survey.js";
import { finds, seenBy } from "./expect.js";

const test = suite("rules: Telepresence");

function maps(more: Partial<TelepresenceSeen>) {
  const connection = { connected: true, context: "k3s-lab", alsoProxy: [], neverProxy: [], ...more };
  return survey({ telepresence: [{ subnets: ["10.42.0.0/16", "10.43.0.0/16"], ...connection }] });
}

test("R31: the cluster's own subnets collide with nothing", () => {
  finds(maps({}), []);
});

test("R31: each collision of subnets and also-proxy is reported", () => {
  finds(maps({ subnets: ["10.43.0.0/16", "10.76.0.0/24"] }), ["R31 Telepresence (k3s-lab)"]);
  const wide = maps({ alsoProxy: ["192.168.0.0/16"] });
  assert.equal(seenBy(wide, "R31"), ["also-proxy 192.168.0.0/16", "also-proxy 192.168.0.0/16"]);
  finds(wide, ["R31 Telepresence (k3s-lab)", "R31 Telepresence (k3s-lab)"]);
});

test("R31: never-proxy spares a network that it contains completely", () => {
  finds(maps({ alsoProxy: ["192.168.0.0/16"], neverProxy: ["192.168.77.0/24"] }), []);
  finds(maps({ alsoProxy: ["192.168.0.0/16"], neverProxy: ["192.168.77.0/28"] }), ["R31 Telepresence (k3s-lab)"]);
});

test("R31: daemons without a connection map nothing", () => {
  finds(maps({ connected: false, subnets: ["10.76.0.0/24"] }), []);
});

test.run();
