// lab:map on a real lab: what it draws is what the world shows, while the lab is well, broken, and gone.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { emulateHost, eventually as lookUntil, isRoot, rootOnly, type World } from "@k3s-lab/testbed";
import { suite } from "uvu";
import * as assert from "uvu/assert";
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

interface Drawn {
  readonly state: string;
  /** "bad: stopped", by the name in the table. */
  readonly boxes: Readonly<Record<string, string>>;
  /** "cut at Node guard of multi", by the title of the way. */
  readonly ways: Readonly<Record<string, string>>;
}

/** Draws the lab, and reads the page. */
async function draw(): Promise<Drawn> {
  await lab.npmOk("lab:map");
  const page = readFileSync(join(lab.dir, ".lab/map.html"), "utf8");
  const rows = page.matchAll(/<th scope="row">([^<]*)<\/th><td>[^<]*<\/td><td class="(\w+)">([^<]*)<\/td>/g);
  const verdicts = [...page.matchAll(/<span class="verdict ([\w-]+)">/g)].map(([, verdict]) => verdict);
  const sections = [...page.matchAll(/<section class="steps"[^>]*aria-label="([^"]*)">([\s\S]*?)<\/section>/g)];
  return {
    state: /<span class="state (\w+)">/.exec(page)?.[1] ?? "",
    boxes: Object.fromEntries([...rows].map(([, name, health, condition]) => [name, `${health}: ${condition}`])),
    ways: Object.fromEntries(
      sections.map(([, title, steps = ""], index) => {
        const last = [...steps.matchAll(/<strong>([^<]*)<\/strong>/g)].at(-1)?.[1];
        return [title, `${verdicts[index]} at ${last?.replaceAll("&#39;", "'")}`];
      }),
    ),
  };
}

const host = async (script: string) => (await world.host.run("sh", ["-ec", script])).stdout.trim();

realTest("before the first lab:up, the host is drawn alone", async () => {
  const { state, boxes, ways } = await draw();
  assert.is(state, "absent");
  assert.ok(Object.keys(boxes).includes("eth0"), Object.keys(boxes).join());
  assert.equal(ways, {});
});

realTest("a lab that is up: every part is well, and an unserved address is cut on the node", async () => {
  await lab.npmOk("lab:up");
  const { state, boxes, ways } = await draw();
  assert.is(state, "up");
  assert.is(boxes.multi, "ok: Ready");
  assert.is(boxes["Host guard"], "ok: in place");
  assert.is(boxes["Lab&#39;s table"], "ok: in place");
  assert.match(boxes["Node guard of multi"] ?? "", /^ok: rejected \d+$/);
  assert.equal(
    Object.values(boxes).filter((box) => /^(bad|unknown)/.test(box)),
    [],
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
  assert.match(unguarded.boxes["Node guard of multi"] ?? "", /^bad: /);
  await dial();
  assert.is(entered(), 0);

  await host(`nft delete table inet ${bridge.replace("k3slab-", "k3s_lab_")}_guard
    ip rule | sed -n 's/:.*${bridge}.*//p' | while read -r priority; do ip rule delete priority "$priority"; done`);
  const bare = await draw();
  assert.is(bare.state, "degraded");
  assert.is(bare.boxes["Host guard"], "bad: missing");
  assert.is(bare.boxes["Lab&#39;s table"], "bad: missing");
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
