// lab:map on a real lab: what it draws is what the world shows, while the lab is well, broken, and gone.
import { emulateHost, eventually as lookUntil, isRoot, lan, rootOnly, type World } from "@k3s-lab/testbed";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { amiss, drawMap } from "./draw-map.js";
import { driveLab, type DrivenLab } from "./drive-lab.js";

const test = suite("lab:map");
const realTest = rootOnly("lab:map", test);

let world: World;
let lab: DrivenLab;

test.before(async () => {
  if (!isRoot) return;
  world = await emulateHost();
  lab = await driveLab(world.host, "name: drawn\nnodes:\n  - { name: multi, role: server }\n");
});

test.after(async () => {
  await lab?.[Symbol.asyncDispose]();
  await world?.[Symbol.asyncDispose]();
});

const draw = () => drawMap(lab);
const host = async (script: string) => (await world.host.run("sh", ["-ec", script])).stdout.trim();

realTest("before the first lab:up, the host is drawn alone", async () => {
  const { state, boxes, ways } = await draw();
  assert.is(state, "absent");
  assert.ok(Object.keys(boxes).includes(lan.uplink), Object.keys(boxes).join());
  assert.equal(ways, {});
});

realTest("a lab that is up: every part is well, and an unserved address is cut on the node", async () => {
  await lab.npmOk("lab:up");
  const { state, boxes, ways } = await draw();
  assert.is(state, "up");
  assert.is(boxes.multi, "ok: Ready");
  assert.is(boxes["Host guard"], "ok: in place");
  assert.is(boxes["Lab's table"], "ok: in place");
  assert.match(boxes["Node guard of multi"] ?? "", /^ok: rejected \d+$/);
  assert.equal(amiss({ boxes }), []);
  assert.is(ways["From a pod to a served address"], "answered at Pods of multi");
  assert.is(ways["From a pod to an unserved address"], "cut at Node guard of multi");
  assert.is(ways["From a pod to the internet"], "left at Router");
  assert.is(ways["From the host to a served address"], "left at Router");
});

realTest("guards that are taken away: the loop that is drawn is the one that happens", async () => {
  const { bridge } = lab.state<{ lan: { bridge: string } }>("host-network.json").lan;
  await using vif = await world.host.connectVif({ cidrs: ["10.42.0.0/16", "10.43.0.0/16"] });
  const entered = () => vif.packets.filter(({ destination }) => destination === "10.43.1.0").length;
  const dial = () => lab.npm("lab:exec", ["multi", "bash", "-c", "echo x >/dev/udp/10.43.1.0/9"]);

  const connected = await draw();
  assert.is(connected.ways["From the host to a served address"], "answered at Pods of multi");
  assert.is(connected.ways["From the host to an unserved address"], "cut at Node guard of multi");
  await dial();
  assert.is(entered(), 0);

  await lab.npmOk("lab:exec", ["multi", "sh", "-ec", "systemctl stop lab-node-guard; /etc/k3s-lab/node-guard remove"]);
  const unguarded = await draw();
  assert.is(unguarded.ways["From a pod to an unserved address"], "cut at Lab's table");
  assert.match(unguarded.boxes["Node guard of multi"] ?? "", /^bad: /);
  await dial();
  assert.is(entered(), 0);

  await host(`nft delete table inet ${bridge.replace("k3slab-", "k3s_lab_")}_guard
    ip rule | sed -n 's/:.*${bridge}.*//p' | while read -r priority; do ip rule delete priority "$priority"; done`);
  const bare = await draw();
  assert.is(bare.state, "degraded");
  assert.is(bare.boxes["Host guard"], "bad: missing");
  assert.is(bare.boxes["Lab's table"], "bad: missing");
  assert.is(bare.ways["From a pod to an unserved address"], "loops at Pods of multi");
  await dial();
  await lookUntil("the packet in the VIF", async () => entered() > 0);
});

realTest("after doctor --fix all is drawn as before, and after lab:down the host is alone again", async () => {
  await lab.npmOk("doctor", ["--fix", "--no-probe"]);
  const { boxes, ways } = await draw();
  assert.is(boxes["Host guard"], "ok: in place");
  assert.is(ways["From a pod to an unserved address"], "cut at Node guard of multi");
  await lab.npmOk("lab:down");
  const down = await draw();
  assert.is(down.state, "absent");
  assert.not.ok(Object.keys(down.boxes).includes("multi"));
});

test.run();
