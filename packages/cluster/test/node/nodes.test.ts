import { execFileSync } from "node:child_process";
import { CommandFailed } from "@k3s-lab/exec";
import { Facts } from "@k3s-lab/steps";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { k3sSection, nothingSeen, unlessByItself } from "../../src/node/node-seen.js";
import { fakeDriver, multi, nodesWith, nowhere } from "../world.js";
import { suite } from "uvu";
import * as assert from "uvu/assert";

const test = suite("cluster nodes");

test("each node is looked at once, by one command that is shell, until an action was carried out", async () => {
  const driver = fakeDriver(() => "password\n");
  const nodes = nodesWith(driver);
  const facts = new Facts();
  await nodes.seeAll(facts);
  await nodes.seeAll(facts);
  assert.is(driver.asked.length, 3);
  for (const look of driver.asked) execFileSync("sh", ["-n"], { input: look.replace(/^\w+: /, "") });
  facts.forget();
  assert.is((await nodes.see("agent1", facts)).hasPassword, true);
  assert.is(driver.asked.length, 4);
});

test("K3s is not there yet on a machine that the same run would restart", async () => {
  const nodes = nodesWith(fakeDriver(() => "service ActiveState=active\nservice UnitFileState=enabled\nstarted abc\n"));
  const facts = new Facts();
  await facts.get("machine agent1", async () => ({ state: "running", fitness: "outdated" }));
  await facts.get("machine agent2", async () => ({ state: "running", fitness: "fit" }));
  const seen = await nodes.seeAll(facts);
  const states = [...seen].map(([name, { isActive, startedWith }]) => [name, isActive, startedWith]);
  assert.equal(states, [
    ["multi", true, "abc"],
    ["agent1", false, undefined],
    ["agent2", true, "abc"],
  ]);
  assert.equal(unlessByItself(seen.get("agent1") ?? nothingSeen), {
    provided: "if K3s does not start with its machine",
  });
  facts.forget();
  assert.is((await nodes.see("agent1", facts)).isActive, true);
});

test("CoreDNS is asked along with the first look of a run, and by itself while K3s is being started", async () => {
  const driver = fakeDriver((name) => (name === "multi" ? { lookup: "lookup answered" } : ""));
  const nodes = nodesWith(driver);
  const facts = new Facts();
  const asking = () => driver.asked.splice(0).filter((script) => script.includes("/dev/udp/")).length;
  const lookups = async () => [...(await nodes.lookups(facts)).values()];
  await nodes.seeAll(facts);
  assert.is(asking(), 3);
  assert.equal(await lookups(), ["answered", undefined, undefined]);
  assert.is(asking(), 0, "the first look has asked");
  facts.forget();
  await nodes.seeAll(facts);
  assert.is(asking(), 0, "a later look does not");
  assert.equal(await lookups(), ["answered", undefined, undefined]);
  assert.is(asking(), 3);
});

test("a lookup that was lost is asked for again, of that node alone, before nobody is said to answer", async () => {
  let lost = 3;
  const driver = fakeDriver((name) => {
    if (name === "agent1") return { lookup: "lookup none" };
    return { lookup: name === "multi" && lost-- > 0 ? "lookup none" : "lookup answered" };
  });
  const nodes = nodesWith(driver);
  const facts = new Facts();
  assert.equal(
    [...(await nodes.lookups(facts))],
    [
      ["multi", "answered"],
      ["agent1", "failed"],
      ["agent2", "answered"],
    ],
  );
  const times = (name: string) => driver.asked.filter((asked) => asked.startsWith(`${name}: `)).length;
  assert.equal(["multi", "agent1", "agent2"].map(times), [4, 4, 1]);
  await nodes.lookups(facts);
  assert.is(times("agent1"), 4, "what was asked is known");
});

test("a K3s that does not run has no age", () => {
  const { file, args = [], parse } = k3sSection(multi);
  for (const service of ["pid=", "pid=0", "true"]) {
    const output = execFileSync("sh", [fileURLToPath(file), service, ...args.slice(1)], { encoding: "utf8" });
    assert.is(parse(output).age, undefined);
  }
});

test("the start of K3s is known by the node's own clock, however that is set", async () => {
  const { file, args = [], parse } = k3sSection(multi);
  // The look counts from the start of its own shell.
  await sleep(Math.max(0, 1.2 - process.uptime()) * 1000);
  const ownProcess = ["pid=$PPID", ...args.slice(1)];
  const output = execFileSync("sh", [fileURLToPath(file), ...ownProcess], { encoding: "utf8" });
  const seen = parse(output);
  assert.ok(seen.age !== undefined && seen.age >= 1 && seen.age < 300, String(seen.age));
  const now = Date.now() / 1000;
  assert.ok(seen.startedAt !== undefined && seen.startedAt <= now - 1 && seen.startedAt > now - 300);
});

test("a machine that does not exist is seen as such", async () => {
  const seen = await nodesWith(nowhere()).seeAll(new Facts());
  assert.equal(
    [...seen.values()].map(({ isRunning }) => isRunning),
    [false, false, false],
  );
});

test("a machine that exists and cannot be entered is a failure", async () => {
  const exec = () => Promise.reject(new CommandFailed("multi", "sh ended with exit code 1", "", 1));
  const look = (state: "absent" | "running") =>
    nodesWith({ ...nowhere(), exec, state: async () => state }).see("multi", new Facts());
  assert.is((await look("absent")).isRunning, false);
  const error = await look("running").catch((reason: Error) => reason);
  assert.instance(error, CommandFailed);
});

test.run();
