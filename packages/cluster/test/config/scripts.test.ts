import { execFileSync } from "node:child_process";
import { killAllScript, uninstallScript } from "../../src/config/scripts.js";
import { suite } from "uvu";
import * as assert from "uvu/assert";

const test = suite("cluster scripts");

test("the scripts are shell, and the uninstall script removes what was put there", () => {
  const uninstall = uninstallScript({ role: "agent" });
  for (const input of [killAllScript(), uninstall]) execFileSync("sh", ["-n"], { input });
  assert.match(uninstall, "\nrm -f ${files:?}\n");
  for (const file of ["/usr/local/bin/k3s", "/usr/local/bin/kubectl", "/etc/systemd/system/k3s-agent.service.env"]) {
    assert.match(uninstall, new RegExp(`^files=".*${file}[ "]`, "m"));
  }
});

test.run();
