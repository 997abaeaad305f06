import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import type { KubeNode } from "@k3s-lab/kube";
import { Problem } from "@k3s-lab/problem";
import { carryOut, sentencesOf } from "@k3s-lab/steps";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import type { ClusterApi } from "../src/cluster-api.js";
import { decideGuard } from "../src/decide.js";
import { node } from "./objects.js";

const test = suite<{ dir: string; path: string | undefined }>("cluster-guard decide");

test.before.each((context) => {
  context.dir = mkdtempSync(join(tmpdir(), "k3s-lab-decide-"));
  context.path = process.env.PATH;
});
test.after.each(({ dir, path }) => {
  process.env.PATH = path;
  rmSync(dir, { recursive: true });
});

/** Puts a docker on PATH that works on a host of this name, and notes what it loads. */
function dockerOn(dir: string, name: string): void {
  const script = `#!/bin/sh\ncase "$1" in info) echo "${name}" ;; load) echo "$@" >"${dir}/loaded" ;; esac\n`;
  writeFileSync(join(dir, "docker"), script, { mode: 0o755 });
  process.env.PATH = [dir, process.env.PATH].join(delimiter);
}

const decide = (nodes: readonly KubeNode[]) => {
  const api = {
    nodes: async () => nodes,
    pods: async () => [],
    serviceCidrs: async () => ["10.43.0.0/16"],
    daemonSet: async () => undefined,
  } as unknown as ClusterApi;
  return decideGuard(api, { command: "npm run guard -- --kubeconfig k" });
};
const colima = node("colima", { version: "v1.33.1+k3s1", runtime: "docker://28.0.1" });

test("K3s on Docker gets the image by docker, which the plan shows", async ({ dir }) => {
  dockerOn(dir, "colima");
  const [bring, ...others] = await decide([colima, node("win", { os: "windows", runtime: "containerd://2.0.0" })]);
  assert.ok(bring);
  assert.equal(await sentencesOf([bring]), ["load the guard's image onto Docker on colima"]);
  assert.is(others.length, 2);
  await carryOut([bring], { stage: "guard", report: () => {} });
  assert.match(readFileSync(join(dir, "loaded"), "utf8"), /^load --input \/.*image\.tar\n$/);
});

test("a docker that works on another host loads nothing", async ({ dir }) => {
  dockerOn(dir, "laptop");
  const error = await decide([colima]).catch((reason: unknown) => reason);
  assert.instance(error, Problem);
  assert.match((error as Problem).message, "the images are Docker's on colima, and docker here works on laptop.");
  assert.is((error as Problem).exitCode, 3);
});

test.run();
