// lab:map on a real lab: what it draws is what the world shows, while the lab is well, broken, and gone.
import { eventually as lookUntil, lan, rootOnly, type World } from "@k3s-lab/testbed";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { amiss, drawMap } from "./draw-map.js";
import type { DrivenLab } from "./drive-lab.js";
import { shareLab } from "./share-lab.js";

const test = suite("lab:map");
const realTest = rootOnly("lab:map", test);

let world: World;
let lab: DrivenLab;

shareLab(test, {
  yaml: "name: drawn\nnodes:\n  - { name: multi, role: server }\n",
  ready: (shared) => ({ world, lab } = shared),
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
  const { state, boxes, ways, ...picture } = await draw();
  const { bridge } = lab.state<{ lan: { bridge: string } }>("host-network.json").lan;
  assert.is(state, "up");
  assert.is(boxes.multi, "ok: Ready");
  assert.is(boxes["Host guard"], "ok: in place");
  assert.is(boxes["Lab's table"], "ok: in place");
  assert.match(boxes["Node guard of multi"] ?? "", /^ok: rejected \d+$/);
  // All of it at once: a picture that is wrong shows everything that is wrong with it.
  const { lines, crosses } = picture;
  assert.equal(
    { amiss: amiss({ boxes, colours: picture.colours }), lines, crosses },
    {
      amiss: [],
      lines: [
        `cable: LAN – ${lan.uplink}`,
        "cable: Router – LAN",
        `cable: ${bridge} – Node guard of multi`,
        "path: Host guard – Lab's table",
        "path: Host's routes – Programs",
        `path: Host's routes – ${bridge}`,
        `path: Lab's table – ${bridge}`,
        "path: Node guard of multi – Pods of multi",
        `path: ${lan.uplink} – Host guard`,
        `path: ${lan.uplink} – Host's routes`,
      ].toSorted(),
      crosses: { "From a pod to an unserved address": "Node guard of multi" },
    },
  );
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
  assert.is(unguarded.crosses["From a pod to an unserved address"], "Lab's table");
  assert.match(unguarded.boxes["Node guard of multi"] ?? "", /^bad: /);
  assert.is(unguarded.colours["Node guard of multi"], "bad");
  assert.is(unguarded.colours["Host guard"], "ok");
  await dial();
  assert.is(entered(), 0);

  await host(`nft delete table inet ${bridge.replace("k3slab-", "k3s_lab_")}_guard
    ip rule | sed -n 's/:.*${bridge}.*//p' | while read -r priority; do ip rule delete priority "$priority"; done`);
  const bare = await draw();
  assert.is(bare.state, "degraded");
  assert.is(bare.boxes["Host guard"], "bad: missing");
  assert.is(bare.boxes["Lab's table"], "bad: missing");
  assert.is(bare.colours["Host guard"], "bad");
  assert.is(bare.ways["From a pod to an unserved address"], "loops at Pods of multi");
  assert.equal(bare.crosses, {});
  await dial();
  await lookUntil("the packet in the VIF", async () => entered() > 0);
});

realTest("after doctor --fix all is drawn as before, and after lab:down the host is alone again", async () => {
  await lab.npmOk("doctor", ["--fix", "--no-probe"]);
  const { boxes, ways } = await draw();
  assert.is(boxes["Host guard"], "ok: in place");
  assert.is(ways["From a pod to an unserved address"], "cut at Node guard of multi");
  await lab.npmOk("lab:stop");
  const stopped = await draw();
  assert.is(stopped.boxes.multi, "bad: stopped");
  assert.is(stopped.colours.multi, "bad");
  await lab.npmOk("lab:down");
  const down = await draw();
  assert.is(down.state, "absent");
  assert.not.ok(Object.keys(down.boxes).includes("multi"));
});

test.run();
