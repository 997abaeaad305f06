import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { asCaller } from "../src/caller.js";

const test = suite("host caller's programs");

test("under sudo, a program runs as the caller, with what there is of the caller's session", () => {
  const dir = mkdtempSync(join(tmpdir(), "k3s-lab-session-"));
  try {
    const who = { uid: 1000, gid: 100, home: "/home/ann", isRoot: true };
    const none = { HOME: "/home/ann", XDG_RUNTIME_DIR: undefined, DBUS_SESSION_BUS_ADDRESS: undefined };
    const root = { USER: undefined, LOGNAME: undefined };
    assert.equal(asCaller(who, dir), { user: { uid: 1000, gid: 100 }, cwd: "/", env: { ...none, ...root } });
    const session = join(dir, "1000");
    mkdirSync(session);
    assert.is(asCaller(who, dir)?.env.XDG_RUNTIME_DIR, session);
    assert.is(asCaller(who, dir)?.env.DBUS_SESSION_BUS_ADDRESS, undefined);
    writeFileSync(join(session, "bus"), "");
    assert.is(asCaller(who, dir)?.env.DBUS_SESSION_BUS_ADDRESS, `unix:path=${session}/bus`);
    assert.is(asCaller({ ...who, isRoot: false }, dir), undefined);
    assert.is(asCaller({ ...who, uid: 0 }, dir), undefined);
  } finally {
    rmSync(dir, { recursive: true });
  }
});

test.run();
