import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { carryOut, sentencesOf } from "@k3s-lab/steps";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { hostsStep } from "../src/hosts.js";
import { registryRecord } from "../src/record.js";
import { Registry } from "../src/registry.js";
import { removeRegistry } from "../src/stage.js";
import { labIn } from "./lab.js";

const test = suite<{ dir: string; file: string }>("registry hosts, remove");

test.before.each((context) => {
  context.dir = mkdtempSync(join(tmpdir(), "k3s-lab-registry-hosts-"));
  context.file = join(context.dir, "hosts");
  writeFileSync(context.file, "127.0.0.1 localhost\n");
});
test.after.each(({ dir }) => rmSync(dir, { recursive: true }));

const registry = new Registry({ node: "multi", address: "10.76.0.10", port: 5000 });
const silent = { stage: "registry", report: () => {} };

test("the host knows the server by name until the lab goes", async ({ dir, file }) => {
  const lab = await labIn(dir);
  lab.state.write(registryRecord, registry);
  const files = { file, dir };
  assert.equal(await sentencesOf([hostsStep(lab, registry, files)]), [
    "host: put 10.76.0.10 multi into the hosts file",
  ]);
  await carryOut([hostsStep(lab, registry, files)], silent);
  assert.match(readFileSync(file, "utf8"), "10.76.0.10\tmulti\n");
  assert.equal(await sentencesOf([hostsStep(lab, registry, files)]), []);

  const elsewhere = new Registry({ ...registry, address: "10.77.0.10" });
  await carryOut([hostsStep(lab, elsewhere, files)], silent);
  assert.match(readFileSync(file, "utf8"), "10.77.0.10\tmulti\n");

  assert.is(await carryOut(removeRegistry(lab, files), silent), 2);
  assert.is(readFileSync(file, "utf8"), "127.0.0.1 localhost\n");
  assert.not(existsSync(lab.state.path("registry")));
  assert.equal(await sentencesOf(removeRegistry(lab, files)), []);
});

test("a hosts file that is not to be touched loses a block that it has", async ({ dir, file }) => {
  const files = { file, dir };
  const lab = await labIn(dir);
  await carryOut([hostsStep(lab, registry, files)], silent);
  const untouched = await labIn(dir, "host: { hostsFile: false }");
  await carryOut([hostsStep(untouched, registry, files)], silent);
  assert.is(readFileSync(file, "utf8"), "127.0.0.1 localhost\n");
  assert.equal(await sentencesOf([hostsStep(untouched, registry, files)]), []);
});

test("what is recorded may be broken when the lab goes", async ({ dir, file }) => {
  const lab = await labIn(dir);
  lab.state.writeText("registry", "{");
  await carryOut(removeRegistry(lab, { file, dir }), silent);
  assert.not(existsSync(lab.state.path("registry")));
});

test.run();
