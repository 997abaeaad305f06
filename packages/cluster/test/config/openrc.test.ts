import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { configFiles, environmentFile } from "../../src/config/node-files.js";
import { openrc } from "../../src/config/openrc.js";
import { serviceOf } from "../../src/config/service.js";
import { agent1, wish } from "../world.js";
import { suite } from "uvu";
import * as assert from "uvu/assert";

const test = suite("cluster openrc");
const server = serviceOf({ role: "server" });
const agent = serviceOf({ role: "agent" });

test("a node with OpenRC gets an init script, where K3s' own installer puts it", () => {
  const onOpenrc = wish({ ...agent1, serviceManager: "openrc" });
  const script = configFiles(onOpenrc).find(({ path }) => path === "/etc/init.d/k3s-agent");
  assert.is(script?.mode, 0o755);
  assert.match(script?.content ?? "", "command=/usr/local/bin/k3s\ncommand_args=agent\n");
  assert.is(environmentFile(onOpenrc, []).path, "/etc/rancher/k3s/k3s-agent.env");
  assert.not.ok(configFiles(onOpenrc).some(({ path }) => path.includes("systemd")));
});

if (process.platform === "win32") {
  console.log("skipped: what is for a node's shell needs a POSIX shell");
} else {
  test("a value in an environment file is what the shell has", () => {
    const file = openrc.environment({ A: `it's "$HOME" \\ x`, B: "two\nlines" });
    const { stdout } = spawnSync("sh", ["-c", `${file}\nprintf '[%s][%s]' "$A" "$B"`], { encoding: "utf8" });
    assert.is(stdout, `[it's "$HOME" \\ x][two\nlines]`);
  });

  test("every script is one that a shell can read", () => {
    for (const service of [server, agent]) {
      const scripts = [
        openrc.unit(service).content,
        openrc.startScript(service, "restart"),
        openrc.seeScript(service),
        openrc.endedScript(service),
        openrc.logScript(service),
      ];
      for (const script of scripts) assert.is(spawnSync("sh", ["-n"], { input: script, encoding: "utf8" }).stderr, "");
    }
  });

  test("a service that its supervisor had to start again, or has given up, has ended", () => {
    const dir = mkdtempSync(join(tmpdir(), "k3s-lab-openrc-"));
    try {
      const told = (restarts: string | undefined, status: number) => {
        if (restarts !== undefined) writeFileSync(join(dir, "start_count"), restarts);
        writeFileSync(join(dir, "rc-service"), `#!/bin/sh\nexit ${status}\n`, { mode: 0o755 });
        const script = openrc.endedScript(server).replace("/run/openrc/options/k3s", dir);
        return spawnSync("sh", ["-c", script], { env: { PATH: `${dir}:/usr/bin:/bin` }, encoding: "utf8" }).stdout;
      };
      assert.is(told(undefined, 0), "");
      assert.is(told("0", 0), "");
      assert.is(told("0", 32), "ended\n");
      assert.is(told("2", 0), "ended\n");
    } finally {
      rmSync(dir, { recursive: true });
    }
  });
}

test("a server is waited for until its API is ready, an agent until it runs", () => {
  assert.match(openrc.startScript(server, "start"), /rc-service -q k3s start\nuntil .* get --raw \/readyz/);
  assert.not.match(openrc.startScript(agent, "start"), "until");
});

test.run();
