// Another version of K3s for a lab that runs: planned, refused where Kubernetes does not support it, rolled out node by node, stopped
// by a node that fails, and taken up again; while a workload of two replicas answers all the time.
import { join } from "node:path";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { emulateHost, isRoot, rootOnly, serveReleaseIn, type World } from "@k3s-lab/testbed";
import { kubelets, startWeb } from "./answering-web.js";
import { driveLab, type DrivenLab, modulesBuild, upChangesNothing } from "./drive-lab.js";
import { stampK3s } from "./stamp-k3s.js";

const test = suite("upgrade");
const realTest = rootOnly("upgrade", test);

const [older, newer] = ["v1.34.4+k3s1", "v1.34.5+k3s0001"];
/** What the kubelet of the build that is served as the older release reports. */
let reported = "";
let world: World;
let lab: DrivenLab;
let baseUrls: Readonly<Record<string, string>>;
const servers: AsyncDisposable[] = [];

test.before(async () => {
  if (!isRoot) return;
  const build = await modulesBuild();
  reported = build.version;
  world = await emulateHost();
  lab = await driveLab(world.host);
  const stamped = await stampK3s(build, newer, join(lab.dir, "stamped"));
  const served = await Promise.all(
    [
      [older, build.folder],
      [newer, stamped],
      ["v1.36.0+k3s1", build.folder],
    ].map(async ([version = "", dir = ""]) => {
      const server = await serveReleaseIn(world.host, { dir, version });
      servers.push(server);
      return [version, server.baseUrl] as const;
    }),
  );
  baseUrls = Object.fromEntries(served);
});

test.after(async () => {
  if (lab !== undefined) await lab.npm("lab:down", [], options());
  await lab?.[Symbol.asyncDispose]();
  for (const server of servers) await server[Symbol.asyncDispose]();
  await world?.[Symbol.asyncDispose]();
});

/** A cache of its own: no other lab is to have these releases. */
const options = () => ({ env: { K3S_LAB_CACHE: join(lab.dir, "cache") } });

const ask = (version: string) =>
  lab.configure(
    `name: upgraded\ncluster: { source: release, version: "${version}", baseUrl: "${baseUrls[version]}" }\n`,
  );

const asking = () => ({ host: world.host, lab, options: options() });

const inside = async (node: string, script: string) =>
  (await lab.npmOk("lab:exec", [node, "bash", "-c", script])).trim();

realTest("a minor version is not skipped, and the plan shows the next version", async () => {
  ask(older);
  await lab.npmOk("lab:up", [], options());
  ask("v1.36.0+k3s1");
  for (const script of ["lab:plan", "lab:up"]) {
    const { exitCode, stderr } = await lab.npm(script, [], options());
    assert.equal(
      [exitCode, /: (skips a minor version from .*), which/.exec(stderr)?.[1]],
      [2, `skips a minor version from ${reported} to v1.36.0+k3s1`],
    );
  }
  assert.is(lab.state<{ version: string }>("cluster.json").version, older);
  ask(newer);
  const plan = await lab.npmOk("lab:plan", [], options());
  assert.match(plan, "3 nodes to upgrade");
  assert.match(plan, `upgrade K3s from ${reported} to ${newer} (interrupts the cluster's API; pods go on)`);
  assert.match(
    plan,
    /agent1, agent2 .*\n +\S upgrade K3s from .* \(interrupts agent1's pods, which are made again elsewhere/,
  );
  const { stdout } = await lab.npm("lab:status", [], options());
  assert.match(stdout, new RegExp(`Upgrade +to ${newer.replace("+", "\\+")}: lab.yaml asks for it`));
});

realTest("a node that fails stops the roll-out, the next up goes on, and all is answered", async () => {
  await using web = await startWeb(asking());
  // Cordoned by a person: what comes and goes with the upgrade is k3s-lab's own only.
  await lab.npmOk("kubectl", ["cordon", "agent1"], options());
  const dropIn = "/etc/systemd/system/k3s-agent.service.d";
  await inside(
    "agent2",
    `mkdir -p ${dropIn}; printf '[Service]\nExecStartPre=/bin/false\n' >${dropIn}/broken.conf; systemctl daemon-reload`,
  );
  const stopped = await lab.npm("lab:up", [], options());
  assert.is(stopped.exitCode, 1, stopped.stdout);
  const said = stopped.stdout + stopped.stderr;
  assert.match(said, `agent2: does not run ${newer}, and the roll-out has stopped here: K3s does not start`);
  assert.match(said, "[LAB-K3S-016]");
  assert.equal(await kubelets(asking()), {
    multi: newer,
    agent1: `${newer} cordoned`,
    agent2: `${reported} cordoned`,
  });
  const { exitCode, stdout } = await lab.npm("lab:status", [], options());
  assert.is(exitCode, 1);
  assert.match(
    stdout,
    new RegExp(`Upgrade +to ${newer.replace("+", "\\+")}: agent2 still has ${reported.replace("+", "\\+")}`),
  );
  await inside("agent2", `rm -r ${dropIn}; systemctl daemon-reload`);
  assert.match(await lab.npmOk("lab:plan", [], options()), "1 node to upgrade");
  await lab.npmOk("lab:up", [], options());
  const { answers, failures } = await web.end();
  assert.equal(await kubelets(asking()), { multi: newer, agent1: `${newer} cordoned`, agent2: newer });
  assert.equal(failures, []);
  assert.ok(answers[0] > 100 && answers[1] > 50, String(answers));
});

realTest("what was rolled out stays, and an older version is refused", async () => {
  await upChangesNothing(lab, options());
  ask(older);
  const { exitCode, stderr } = await lab.npm("lab:up", [], options());
  assert.is(exitCode, 2);
  assert.match(stderr, `goes back from ${newer} to ${older}`);
  ask(newer);
  await upChangesNothing(lab, options());
});

test.run();
