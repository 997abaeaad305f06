import { serviceOf } from "../../src/config/service.js";
import { systemd } from "../../src/config/systemd.js";
import { suite } from "uvu";
import * as assert from "uvu/assert";

const test = suite("cluster systemd");
const server = serviceOf({ role: "server" });
const agent = serviceOf({ role: "agent" });

test("a server says when it is ready; containers outlive a restart", () => {
  const { content } = systemd.unit(server);
  assert.match(content, "\nType=notify\n");
  assert.match(content, "\nKillMode=process\n");
  assert.match(content, "\nEnvironmentFile=-/etc/systemd/system/k3s.service.env\n");
  assert.match(content, "\nExecStart=/usr/local/bin/k3s server\n");
  assert.match(systemd.unit(agent).content, "\nExecStart=/usr/local/bin/k3s agent\n");
});

test("values in an environment file mean nothing to systemd", () => {
  assert.is(
    systemd.environment({ A: 'http://u:p$w"d\\@x', B: "it's $HOME" }),
    `A='http://u:p$w"d\\@x'\nB="it's \\$HOME"\n`,
  );
});

test("a service is enabled with its start", () => {
  assert.match(
    systemd.startScript(agent, "restart"),
    /^set -e\nsystemctl -q --no-reload enable k3s-agent\n[^]*\nsystemctl restart k3s-agent$/,
  );
});

test.run();
