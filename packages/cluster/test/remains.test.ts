import { mkdirSync, utimesSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { knownRelease } from "@k3s-lab/k3s-source";
import { decideCluster } from "../src/cluster.js";
import { k3sConfig } from "../src/config/k3s-config.js";
import { queryOf } from "../src/fetch-cluster.js";
import { k3sPaths } from "../src/paths.js";
import { clusterRecord } from "../src/record.js";
import { remainsOf } from "../src/remains.js";
import { cluster, emptyLab, fakeDriver, machines, multi, network, nowhere, release } from "./world.js";
import { suite } from "uvu";
import * as assert from "uvu/assert";

const test = suite("cluster: what remains of a lab");

/** A server that has these files. */
const withFiles = (files: Readonly<Record<string, string>>) =>
  fakeDriver((name, command) => (name === "multi" ? (files[command.replace(/^cat /, "")] ?? "") : undefined));

test("the networks of a cluster are found in its record, or else on its server", async () => {
  const lab = await emptyLab();
  assert.equal(await remainsOf(lab, nowhere()), {});
  const resolvers = machines.resolvers;
  const config = k3sConfig({
    machine: multi,
    cluster,
    resolvers,
    disable: [],
    flags: {},
    toldToAgents: {},
    labId: lab.id,
  });
  const found = await remainsOf(lab, withFiles({ [k3sPaths.config]: config }));
  assert.equal([String(found.podCidr), String(found.serviceCidr)], ["10.42.0.0/16", "10.43.0.0/16"]);

  const { asked } = queryOf(lab);
  lab.state.write(clusterRecord, decideCluster(lab, network, machines, { asked, release }));
  const recorded = await remainsOf(lab, nowhere());
  assert.equal([String(recorded.podCidr), String(recorded.serviceCidr)], ["10.42.0.0/16", "10.43.0.0/16"]);
  writeFileSync(lab.state.path("cluster"), "");
  assert.equal(await remainsOf(lab, nowhere()), {}, "a truncated record tells nothing");
});

test("a server whose configuration cannot be read leaves nothing", async () => {
  const lab = await emptyLab();
  assert.equal(await remainsOf(lab, withFiles({ [k3sPaths.config]: "" })), {});
  assert.equal(await remainsOf(lab, withFiles({ [k3sPaths.config]: "cluster-cidr: [" })), {});
  assert.equal(await remainsOf(lab, withFiles({ [k3sPaths.config]: 'cluster-cidr: "nonsense"' })), {
    podCidr: undefined,
    serviceCidr: undefined,
  });
});

test("a lab whose record was lost keeps the release that its server has, however long ago it was found", async () => {
  const lab = await emptyLab();
  process.env.K3S_LAB_CACHE = join(lab.state.dir, "cache");
  const query = { ...queryOf(lab), isInstalled: async () => true };
  const file = join(process.env.K3S_LAB_CACHE, "resolved", `${lab.id}.json`);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, JSON.stringify({ asked: query.asked, release }));
  utimesSync(file, 0, 0);
  assert.equal(await knownRelease(query), release);
  assert.is(await knownRelease({ ...query, isInstalled: async () => false }), undefined, "it would be chosen again");
});

test.run();
