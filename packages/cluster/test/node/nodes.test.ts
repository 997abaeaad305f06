import { execFileSync } from "node:child_process";
import { CommandFailed } from "@k3s-lab/exec";
import { fakeDriver, nodesWith, nowhere } from "../world.js";
import { suite } from "uvu";
import * as assert from "uvu/assert";

const test = suite("cluster nodes");
const { signal } = new AbortController();

test("each node is looked at once, by one command that is shell, until something was done to it", async () => {
  const driver = fakeDriver(() => "password\n");
  const nodes = nodesWith(driver);
  await nodes.seeAll(signal);
  await nodes.seeAll(signal);
  assert.is(driver.asked.length, 3);
  for (const look of driver.asked) execFileSync("sh", ["-n"], { input: look.replace(/^\w+: /, "") });
  nodes.forget("agent1");
  assert.is((await nodes.see("agent1", signal)).hasPassword, true);
  assert.is(driver.asked.length, 4);
});

test("CoreDNS is asked at first and on demand, not while K3s is being put up", async () => {
  const driver = fakeDriver(() => "");
  const nodes = nodesWith(driver);
  const asksDns = async () => {
    await nodes.see("multi", signal);
    return driver.asked.at(-1)?.includes("/dev/udp/10.43.0.10/53");
  };
  assert.is(await asksDns(), true);
  nodes.forget("multi");
  assert.is(await asksDns(), false);
  nodes.askDns();
  assert.is(await asksDns(), true);
});

test("a machine that is not there is seen as such", async () => {
  const seen = await nodesWith(nowhere()).seeAll(signal);
  assert.equal(
    [...seen.values()].map(({ isRunning }) => isRunning),
    [false, false, false],
  );
});

test("a machine that is there and cannot be entered is a failure", async () => {
  const exec = () => Promise.reject(new CommandFailed("multi", "sh ended with exit code 1", "", 1));
  const look = (state: "absent" | "running") =>
    nodesWith({ ...nowhere(), exec, state: async () => state }).see("multi", signal);
  assert.is((await look("absent")).isRunning, false);
  const error = await look("running").catch((reason: Error) => reason);
  assert.instance(error, CommandFailed);
});

test.run();
