import { spawnSync } from "node:child_process";
import { configFiles, environmentFile } from "../../src/config/node-files.js";
import { openrcUnit } from "../../src/config/openrc-unit.js";
import { managerOf, serviceOf, startScript } from "../../src/config/service.js";
import { agent1, desired } from "../world.js";
import { suite } from "uvu";
import * as assert from "uvu/assert";

const test = suite("cluster openrc");
const server = { role: "server", serviceManager: "openrc" } as const;
const agent = { role: "agent", serviceManager: "openrc" } as const;

test("a node with OpenRC gets an init script, where K3s' own installer puts it", () => {
  const onOpenrc = desired({ ...agent1, serviceManager: "openrc" });
  const script = configFiles(onOpenrc).find(({ path }) => path === "/etc/init.d/k3s-agent");
  assert.is(script?.mode, 0o755);
  assert.match(script?.content ?? "", "command=/usr/local/bin/k3s\ncommand_args=agent\n");
  assert.is(environmentFile(onOpenrc, []).path, "/etc/rancher/k3s/k3s-agent.env");
  assert.not.ok(configFiles(onOpenrc).some(({ path }) => path.includes("systemd")));
});

if (process.platform === "win32") {
  console.log("skipped: what is for a node's shell needs a POSIX shell");
} else {
  test("every script is one that a shell can read", () => {
    for (const machine of [server, agent]) {
      const [service, manager] = [serviceOf(machine), managerOf(machine)];
      const scripts = [
        openrcUnit.content(service),
        startScript(machine, "restart"),
        manager.seeScript(service.name),
        manager.endedScript(service.name),
        manager.logScript(service.name),
      ];
      for (const script of scripts) assert.is(spawnSync("sh", ["-n"], { input: script, encoding: "utf8" }).stderr, "");
    }
  });
}

test("a server is waited for until its API is ready, an agent until it runs", () => {
  assert.match(startScript(server, "start"), /rc-service -q k3s restart\nuntil .* get --raw \/readyz/);
  assert.not.match(startScript(agent, "start"), "until");
});

test.run();
