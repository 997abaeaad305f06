import { basename } from "node:path";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { imageRecipes } from "../src/image-recipes.js";
import { imageNames, imagesKey } from "../src/make-images.js";
import { suiteFiles, suitePrograms } from "../src/suite-programs.js";

const test = suite("image recipes");
const recipes = imageRecipes(["sh", "busybox", "wget"]);

test("each image has a name and a tag of its own", () => {
  assert.is(new Set(imageNames()).size, imageNames().length);
  for (const name of imageNames()) assert.match(name, /^[a-z-]+:[\w.-]+$/);
});

test("every file of the suite that an image holds is built or copied there", () => {
  const built = new Set([
    "pause",
    ...suitePrograms.map(({ name }) => name),
    ...suiteFiles.map((file) => basename(file)),
  ]);
  const held = recipes.flatMap(({ files }) => files.flatMap((file) => ("suite" in file ? [file.suite] : [])));
  assert.ok(held.length > 10);
  for (const name of held) assert.ok(built.has(name), name);
});

test("busybox has its applets, and a shell that may be bash", () => {
  const files = recipes.find(({ name }) => name.startsWith("busybox:"))?.files ?? [];
  const links = Object.fromEntries(files.flatMap((file) => ("link" in file ? [[file.path, file.link]] : [])));
  assert.equal(links, { "bin/wget": "busybox" });
  const shell = files.find(({ path }) => path === "bin/sh");
  assert.ok(shell !== undefined && "text" in shell && shell.mode === 0o755);
});

test("servers are started without a shell, which would hand no signal on", () => {
  const servers = recipes.filter((recipe) => /^(httpd|nginx):/.test(recipe.name));
  assert.is(servers.length, 4);
  for (const { name, config } of servers) {
    assert.match((config["Cmd"] as readonly string[])[0] ?? "", /^\/usr\/sbin\//, name);
  }
});

test("the key tells one suite from another, and is the same each time", () => {
  assert.match(imagesKey("a"), /^[0-9a-f]{12}$/);
  assert.is(imagesKey("a"), imagesKey("a"));
  assert.is.not(imagesKey("a"), imagesKey("b"));
});

test.run();
