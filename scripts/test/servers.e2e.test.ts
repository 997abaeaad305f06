// Three servers: the one that holds their address is killed, and what was acknowledged, the API and the registry go on.
// Runs alone: it measures how long a request fails.
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { diffSnapshots, rootOnly, type Snapshot, type World } from "@k3s-lab/testbed";
import { type DrivenLab, readyNodes, upChangesNothing } from "./drive-lab.js";
import { shareLab } from "./share-lab.js";
import { labOf, ofContainers, secondsUntil, servers, SeveralServers } from "./several-servers.js";

const test = suite("three servers");
const realTest = rootOnly("three servers", test);

let world: World;
let lab: DrivenLab;
let several: SeveralServers;
let before: Snapshot;

shareLab(test, {
  yaml: labOf(servers),
  async ready(shared) {
    ({ world, lab } = shared);
    several = new SeveralServers(lab, ofContainers(lab, world.host));
    before = await lab.snapshot();
  },
});

realTest("three servers are made from nothing", async () => {
  await lab.npmOk("lab:up");
  assert.equal(await readyNodes(lab), servers);
  await upChangesNothing(lab);
});

realTest("the server that holds the address is killed: nothing acknowledged is lost, and all goes on", async () => {
  const victim = await several.holder();
  assert.ok(victim, "one of them has the address");
  await several.write("acknowledged");
  await several.push("acme/kept:1");
  const left = servers.find((name) => name !== victim) ?? "";
  assert.is((await several.dnsServers()).size, 2, "CoreDNS runs on two servers");
  await several.lookUp(left);
  await several.kill(victim);
  const found = secondsUntil("a pod finds a name", () => several.lookUp(left));
  const written = await secondsUntil("a write succeeds", () => several.write("afterwards"));
  const pulled = await secondsUntil("a pull succeeds", () => several.pull(left, "acme/kept:1"));
  const named = await found;
  const told = `${victim} killed: a write after ${written.toFixed(1)} s, a pull ${pulled.toFixed(1)} s later, a name found after ${named.toFixed(1)} s`;
  console.log(told);
  assert.ok(written <= 30 && written + pulled <= 60 && named <= 30, told);
  await lab.kubectl("get", "configmap", "acknowledged");
  await lab.npmOk("lab:up");
  assert.equal(await readyNodes(lab), servers);
});

realTest("lab:down leaves nothing of them", async () => {
  await lab.npmOk("lab:down");
  assert.is(diffSnapshots(before, await lab.snapshot()), "");
});

test.run();
