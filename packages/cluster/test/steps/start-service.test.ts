import { CommandFailed } from "@k3s-lab/exec";
import { environmentFile, serverTokenFiles } from "../../src/config/node-files.js";
import { startScript } from "../../src/config/service.js";
import { type Starting, startService } from "../../src/steps/start-service.js";
import { desired, fakeDriver, multi, nodesWith, seen } from "../world.js";
import { suite } from "uvu";
import * as assert from "uvu/assert";

const test = suite("cluster start-service");
const starting: Starting = {
  seen: seen(),
  tokens: serverTokenFiles({ serverPassword: "one", agentPassword: "two" }),
  restart: false,
  signal: new AbortController().signal,
};

test("the tokens stand before what names them, and both before the start", async () => {
  const driver = fakeDriver(() => "");
  await startService(nodesWith(driver), "multi", starting);
  assert.equal(driver.asked, [
    "multi: write /etc/rancher/k3s/token /etc/rancher/k3s/agent-token /etc/systemd/system/k3s.service.env",
    `multi: date +%s\n${startScript({ role: "server" }, "restart")}\n`,
  ]);
});

test("a K3s that runs already was started when it was, however late it is told to start", async () => {
  const driver = fakeDriver((_, command) => (command.startsWith("date +%s") ? "2000\n" : ""));
  const startedWith = environmentFile(desired(multi), starting.tokens).sum;
  const running = seen({ isActive: true, startedWith, startedAt: 1000 });
  const startedAt = async (changes: Partial<Starting>) =>
    (await startService(nodesWith(driver), "multi", { ...starting, ...changes })).startedAt;
  assert.is(await startedAt({ seen: running }), 1000);
  assert.is(await startedAt({ seen: { ...running, startedAt: undefined } }), 2000);
  assert.is(await startedAt({ seen: { ...running, isActive: false } }), 2000, "it was seen at 1000, and did not run");
  assert.is(await startedAt({ seen: running, restart: true }), 2000);
  assert.is(await startedAt({ seen: { ...running, startedWith: "other" } }), 2000);
});

test("a K3s that does not start is shown with what it logged last", async () => {
  const driver = fakeDriver((_, command) => (command.startsWith("journalctl") ? "k3s: unknown key" : ""));
  const exec: typeof driver.exec = async (name, argv, options) => {
    if (argv.join(" ").includes("systemctl restart")) throw new CommandFailed(name, "sh ended with exit code 1", "", 1);
    return driver.exec(name, argv, options);
  };
  const error = await startService(nodesWith({ ...driver, exec }), "multi", starting).catch((e: Error) => e);
  assert.is(
    (error as Error).message,
    "multi: K3s does not start. It logged last:\nk3s: unknown key. See all of it: npm run lab:exec -- multi journalctl -u k3s [LAB-K3S-005]",
  );
});

test("a machine that is rebooting is waited for", async () => {
  const driver = fakeDriver(() => "");
  const refusals = ["Failed to connect to bus: Connection refused", "Transaction for k3s.service is destructive"];
  const exec: typeof driver.exec = async (name, argv, options) => {
    const refusal = argv.join(" ").includes("systemctl restart") ? refusals.shift() : undefined;
    if (refusal !== undefined) throw new CommandFailed(name, "sh ended with exit code 1", refusal, 1);
    return driver.exec(name, argv, options);
  };
  await startService(nodesWith({ ...driver, exec }), "multi", starting);
  assert.match(driver.asked.at(-1) ?? "", "systemctl restart k3s");
});

test("a slow machine that is rebooting is waited for longer", async () => {
  const driver = fakeDriver(() => "");
  let refusals = 0;
  const exec: typeof driver.exec = async (name, argv, options) => {
    if (!argv.join(" ").includes("systemctl restart")) return driver.exec(name, argv, options);
    refusals += 1;
    throw new CommandFailed(name, "sh ended with exit code 1", "Failed to connect to bus", 1);
  };
  const refused = async (timeoutFactor: number) => {
    refusals = 0;
    await startService(nodesWith({ ...driver, exec, timeoutFactor }), "multi", starting).catch(() => {});
    return refusals;
  };
  // A share of the usual 30 s, in which it is asked every 0.3 s.
  const soon = await refused(0);
  const late = await refused(0.1);
  assert.ok(soon <= 2 && late > soon, `asked ${soon} and ${late} times`);
});

test.run();
