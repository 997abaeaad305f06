import { run } from "@k3s-lab/exec";
import { rootOnly } from "@k3s-lab/testbed";
import { suite } from "uvu";
import * as assert from "uvu/assert";

const test = suite("lxc: left over");
const rootTest = rootOnly("lxc: left over", test);

const script = `
import { leftOvers, removeLeftOvers } from ${JSON.stringify(new URL("../../../src/drivers/lxc/left-over.ts", import.meta.url).href)};
import { existsSync, mkdirSync } from "node:fs";
const seen = () => JSON.stringify(leftOvers("abcdef"));
console.log(seen());
mkdirSync("/run/lxc/lock/var/lib", { recursive: true });
console.log(seen());
await removeLeftOvers("abcdef");
console.log(seen(), existsSync("/run/lxc"));
mkdirSync("/run/lxc/lock/var/lib/lxc", { recursive: true });
mkdirSync("/run/lxc/lock/other", { recursive: true });
await removeLeftOvers("abcdef");
console.log(existsSync("/run/lxc/lock/other"));
`;

rootTest("the lock folders of a removal that was cut short are found and removed, and no others", async () => {
  const inside = 'mount -t tmpfs none /run && exec "$@"';
  const node = [process.execPath, "--import", "tsx", "--input-type=module", "--eval", script];
  const { stdout } = await run("unshare", ["--mount", "sh", "-c", inside, "sh", ...node]);
  assert.equal(stdout.split("\n"), ["[]", '["/run/lxc/lock/var/lib"]', "[] false", "true"]);
});

test.run();
