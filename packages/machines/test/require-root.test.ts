import { requireRoot } from "../src/require-root.js";
import { suite } from "uvu";
import * as assert from "uvu/assert";

const test = suite("machines require root");

/** As another user, whoever runs the tests. */
function as(uid: number, act: () => void): void {
  const { getuid } = process;
  process.getuid = () => uid;
  try {
    act();
  } finally {
    if (getuid) process.getuid = getuid;
  }
}

test("another user is told the command, with exit code 3", () => {
  as(1000, () => {
    try {
      requireRoot("lab:up");
      assert.unreachable();
    } catch (error) {
      assert.match((error as Error).message, /^host: .* need root.*\. Run: sudo .*npm run lab:up$/);
      assert.is((error as { exitCode?: number }).exitCode, 3);
    }
  });
});

test("root may", () => {
  as(0, () => requireRoot("lab:up"));
});

test.run();
