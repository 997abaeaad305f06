import { suite } from "uvu";
import * as assert from "uvu/assert";
import { modulesOf } from "../src/linked.js";

const test = suite("k3s-from-modules linked modules");

test("modules are told once, with every folder that may hold a licence of what is linked", () => {
  const lines = [
    "\t/go/src/fmt", // of the standard library, which has no module
    "example.org/b\tv1.0.0\t/mod/b\t/mod/b/third_party/x",
    "example.org/b\tv1.0.0\t/mod/b\t/mod/b/y",
    "example.org/a\tv0.1.0\t/mod/a\t/mod/a",
    "",
  ];
  assert.equal(modulesOf(lines), [
    { path: "example.org/a", version: "v0.1.0", folders: ["/mod/a"] },
    {
      path: "example.org/b",
      version: "v1.0.0",
      folders: ["/mod/b", "/mod/b/third_party", "/mod/b/third_party/x", "/mod/b/y"],
    },
  ]);
});

test.run();
