import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Lab, openLab, notePlace, type PlaceDirs } from "@k3s-lab/lab";
import { Facts } from "@k3s-lab/steps";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { claimNetworks, networksOfOthers } from "../src/claim-networks.js";
import { decideHostNetwork, hostNetworkRecord } from "../src/index.js";
import { desktop } from "./fixtures/hosts.js";

const test = suite<{ dir: string; dirs: PlaceDirs }>("host-network claim-networks");

test.before.each((context) => {
  context.dir = mkdtempSync(join(tmpdir(), "k3s-lab-claim-"));
  context.dirs = { root: join(context.dir, "places"), user: join(context.dir, "places") };
});
test.after.each(({ dir }) => rmSync(dir, { recursive: true }));

const claim = (lab: Lab, dirs: PlaceDirs, mayAsk = true, meanwhile = async () => {}) =>
  claimNetworks(
    { lab, facts: new Facts(), mayAsk },
    {},
    async (others) => {
      const network = decideHostNetwork(lab, desktop, {}, undefined, others);
      await meanwhile();
      return network;
    },
    dirs,
  );
const listed = ({ lan, podCidr, serviceCidr }: Awaited<ReturnType<typeof claim>>) =>
  [lan.subnet, podCidr, serviceCidr].map(String);

const familiar = ["10.76.0.0/24", "10.42.0.0/16", "10.43.0.0/16"];
const next = ["10.76.1.0/24", "10.32.0.0/16", "10.33.0.0/16"];

test("labs that are made at the same moment get networks of their own", async ({ dir, dirs }) => {
  const labs = await Promise.all(["one", "two", "three"].map((name) => openLab(join(dir, name, "lab.yaml"))));
  let decided = 0;
  // No lab is recorded before all have decided.
  const untilAllHave = async () => {
    decided++;
    while (decided < labs.length) await new Promise((resolve) => setTimeout(resolve, 5));
  };
  const networks = await Promise.all(labs.map((lab) => claim(lab, dirs, true, untilAllHave)));
  const seen = networks.map(listed);
  for (const kind of [0, 1, 2]) assert.is(new Set(seen.map((each) => each[kind])).size, 3, JSON.stringify(seen));
  assert.equal(
    labs.map((lab) => listed(lab.state.expect(hostNetworkRecord))),
    seen,
  );
});

test("what another lab has is picked no more, whether or not it runs, and a plan records nothing", async ({
  dir,
  dirs,
}) => {
  const [one, two] = [await openLab(join(dir, "one/lab.yaml")), await openLab(join(dir, "two/lab.yaml"))];
  assert.equal(listed(await claim(one, dirs)), familiar);
  notePlace(one, dirs);
  assert.equal(listed(await claim(two, dirs, false)), next);
  assert.not.ok(two.state.exists("hostNetwork"));
  assert.equal(listed(await claim(one, dirs, false)), familiar, "its own are free");
});

test("a lab whose folder is gone reserves nothing, and nothing stands against a network that was named or chosen", async ({
  dir,
  dirs,
}) => {
  const [one, two] = [await openLab(join(dir, "one/lab.yaml")), await openLab(join(dir, "two/lab.yaml"))];
  const network = await claim(one, dirs);
  const others = networksOfOthers(two, dirs);
  assert.is(others.length, 3);
  assert.equal(listed(decideHostNetwork(two, desktop, network, undefined, others)), familiar);
  const named = { ...two, config: { ...two.config, network: { ...two.config.network, subnet: network.lan.subnet } } };
  assert.is(String(decideHostNetwork(named, desktop, {}, undefined, others).lan.subnet), "10.76.0.0/24");
  rmSync(join(dir, "one"), { recursive: true });
  assert.equal(networksOfOthers(two, dirs), []);
});

test.run();
