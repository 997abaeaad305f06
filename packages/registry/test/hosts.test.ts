import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { carryOut, sentencesOf } from "@k3s-lab/steps";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { withBlock } from "@k3s-lab/host";
import { hostsStep, nameElsewhere } from "../src/hosts.js";
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

test("a host that has the name itself keeps it, and another line that comes first is reported", async ({ dir }) => {
  const lab = await labIn(dir);
  const elsewhere = (text: string, hostName = "desk") => nameElsewhere(lab, registry, text, hostName);
  const block = withBlock("", lab.id, [{ address: "10.76.0.10", names: ["multi"] }]);
  for (const text of [
    "",
    "10.76.0.10 other multi\n",
    block,
    `${block}127.0.1.1 multi\n`,
    "::1 multi\n",
    "#1.2.3.4 multi\n",
  ]) {
    assert.is(elsewhere(text), undefined, text);
  }
  const instead =
    "give the server another name in lab.yaml; until then, use 10.76.0.10:5000 on this host where nodes use multi:5000";
  for (const text of ["127.0.0.1 localhost\n127.0.1.1 desk Multi.lan multi\n", `# x\n127.0.1.1\tMULTI\n${block}`]) {
    assert.equal(elsewhere(text), {
      is: "127.0.1.1 (/etc/hosts, line 2)",
      remedy: `Take the name out of that line, or ${instead}`,
    });
  }
  assert.equal(elsewhere(block, "multi.lan"), { is: "this host's own name", remedy: `G${instead.slice(1)}` });
  const untouched = await labIn(dir, "host: { hostsFile: false }");
  assert.is(nameElsewhere(untouched, registry, "127.0.1.1 multi\n", "multi"), undefined);
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
