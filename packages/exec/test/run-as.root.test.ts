import { suite } from "uvu";
import * as assert from "uvu/assert";
import { run } from "../src/index.js";

const test = suite("exec run as another user");
const canRun = process.getuid?.() === 0;
if (!canRun) console.log("exec run as another user: skipped, needs root");

(canRun ? test : test.skip)("the program is the user's, without a group of root's", async () => {
  const user = { uid: 65_534, gid: 65_533 };
  const { stdout } = await run("sh", ["-c", 'id -u; id -G; echo "$HOME"'], { user, env: { HOME: "/nowhere" } });
  assert.is(stdout, "65534\n65533\n/nowhere");
});

test.run();
