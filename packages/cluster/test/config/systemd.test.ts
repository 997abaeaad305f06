import { serviceOf, startScript } from "../../src/config/service.js";
import { systemdUnit } from "../../src/config/systemd-unit.js";
import { suite } from "uvu";
import * as assert from "uvu/assert";

const test = suite("cluster systemd");
const server = serviceOf({ role: "server" });
const agent = serviceOf({ role: "agent" });

test("a server notifies systemd when it is ready; containers outlive a restart", () => {
  const content = systemdUnit.content(server);
  assert.match(content, "\nType=notify\n");
  assert.match(content, "\nKillMode=process\n");
  assert.match(content, "\nEnvironmentFile=-/etc/systemd/system/k3s.service.env\n");
  assert.match(content, "\nExecStart=/usr/local/bin/k3s server\n");
  assert.match(systemdUnit.content(agent), "\nExecStart=/usr/local/bin/k3s agent\n");
});

test("a service is enabled with its start", () => {
  assert.match(
    startScript({ role: "agent" }, "restart"),
    /^set -e\nsystemctl -q --no-reload enable k3s-agent\n[^]*\nsystemctl restart k3s-agent$/,
  );
});

test.run();
