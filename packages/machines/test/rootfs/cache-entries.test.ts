import { suite } from "uvu";
import * as assert from "uvu/assert";
import { imageEntries } from "../../src/rootfs/cache-entries.js";

const test = suite("machines rootfs cache-entries");

test("Docker's images of nodes are read with their age; one that a container has is needed", () => {
  const listed = "k3s-lab/node:aa\t2026-10-01 16:36:00 +0000 UTC\nk3s-lab/node:bb\t2026-11-30 18:36:00 +0200 CEST\n";
  assert.equal(
    imageEntries(listed, new Set(["k3s-lab/node:bb"])).map(({ name, changed, isNeeded }) => [name, changed, isNeeded]),
    [
      ["k3s-lab/node:aa", Date.parse("2026-10-01T16:36:00Z"), false],
      ["k3s-lab/node:bb", Date.parse("2026-11-30T16:36:00Z"), true],
    ],
  );
  assert.equal(imageEntries("", new Set()), []);
});

test.run();
