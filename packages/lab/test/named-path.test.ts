import { readFileSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { namedPath } from "../src/named-path.js";

const test = suite("lab named-path");
const lab = { file: "/labs/one/lab.yaml" };

test("a path begins at lab.yaml's folder, unless it is absolute or in the caller's home", () => {
  for (const [written, path] of [
    ["corp.pem", "/labs/one/corp.pem"],
    ["./k3s/", "/labs/one/k3s"],
    ["../corp.pem", "/labs/corp.pem"],
    ["/etc/corp.pem", "/etc/corp.pem"],
    ["~", homedir()],
    ["~/", homedir()],
    ["~/ca/corp.pem", join(homedir(), "ca/corp.pem")],
  ] as const) {
    assert.is(namedPath(lab, written), path, written);
  }
});

test("elsewhere, and without a slash after it, ~ is a character of a name, as in a shell", () => {
  for (const written of ["~corp.pem", "old~/corp.pem", "./~/corp.pem"]) {
    assert.is(namedPath(lab, written), join("/labs/one", written), written);
  }
});

const rootTest = process.getuid?.() === 0 ? test : test.skip;

rootTest("under sudo, the home is that of the user who called", () => {
  const [, uid, home = ""] =
    /^daemon:[^:]*:(\d+):[^:]*:[^:]*:([^:]*):/m.exec(readFileSync("/etc/passwd", "utf8")) ?? [];
  assert.is(namedPath(lab, "~/corp.pem", { SUDO_UID: uid, SUDO_GID: "1" }), join(home, "corp.pem"));
});

test.run();
