import { execFileSync } from "node:child_process";
import { serviceManagers } from "../src/index.js";
import { suite } from "uvu";
import * as assert from "uvu/assert";

const test = suite("service-manager systemd");
const { systemd } = serviceManagers;

test("values in an environment file mean nothing to systemd", () => {
  assert.is(
    systemd.environment({ A: 'http://u:p$w"d\\@x', B: "it's $HOME" }),
    `A='http://u:p$w"d\\@x'\nB="it's \\$HOME"\n`,
  );
});

test("what is seen of a service is told in lines, with its process apart; of one that is unknown there is none", () => {
  const see = (answer: string) => {
    const script = `systemctl() { ${answer}; }\n${systemd.seeScript("k3s")}\necho "pid <$pid>"`;
    return execFileSync("sh", ["-c", `pid=7\n${script}`], { encoding: "utf8" })
      .trimEnd()
      .split("\n");
  };
  assert.equal(see("printf 'MainPID=42\\nActiveState=active\\nUnitFileState=enabled\\n'"), [
    "service MainPID=42",
    "service ActiveState=active",
    "service UnitFileState=enabled",
    "pid <42>",
  ]);
  assert.equal(see("false"), ["pid <>"]);
});

test("a service starts at boot too, and a name with a dot is a unit as it is", () => {
  const order = { after: ["network.target", "ufw"], before: ["k3s"] };
  const unit = systemd.daemon({
    name: "one",
    description: "One",
    program: "/bin/one",
    prepare: "load",
    stay: "watch",
    order: { systemd: order, openrc: { after: [], before: [] } },
  });
  assert.match(unit, "\nAfter=network.target ufw.service\nBefore=k3s.service\n");
  assert.match(unit, "\nExecStartPre=/bin/one load\nExecStart=/bin/one watch\n");
  assert.is(systemd.enabledFile("one"), "/etc/systemd/system/multi-user.target.wants/one.service");
  assert.match(
    systemd.startScript("one", "restart"),
    /^systemctl -q --no-reload enable one\n[^]*\nsystemctl restart one$/,
  );
});

test.run();
