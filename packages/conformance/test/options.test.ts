import { readCommandLine } from "@k3s-lab/scripts/run-command";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { readOptions, spec } from "../src/options.js";
import { parts } from "../src/parts.js";

const test = suite("options of the conformance tests");

function optionsOf(...words: readonly string[]) {
  const line = readCommandLine(spec, words);
  if (line === undefined) throw new Error("it shows its help");
  return readOptions(line, import.meta.dirname);
}

test("without flags everything is run, in a lab", () => {
  const { parts: chosen, isOwn, kubeconfig, procs, again } = optionsOf();
  assert.equal([chosen, isOwn, kubeconfig, procs, again], [parts, false, undefined, undefined, false]);
});

test("a part is chosen by its name, specs of one's own by an expression", () => {
  assert.equal(
    optionsOf("--part", "storage").parts.map(({ id }) => id),
    ["storage"],
  );
  const own = optionsOf("--focus", "CronJob", "--procs", "2");
  assert.equal([own.isOwn, own.procs, own.parts.map(({ focus }) => focus)], [true, 2, ["CronJob"]]);
});

test("another cluster needs a report; its registry is HOST:PORT", () => {
  const config = ["--kubeconfig", "options.test.ts"];
  assert.throws(() => optionsOf(...config), /needs --report FILE/);
  assert.throws(() => optionsOf(...config, "--report", "a", "--registry", "a"), /--registry is a, expected HOST:PORT/);
  const { registry, report } = optionsOf(...config, "--report", "a.md", "--registry", "192.168.1.5:5001");
  assert.is(registry?.endpoint, "http://192.168.1.5:5001");
  assert.match(report ?? "", /\/conformance\/test\/a\.md$/);
});

test("what cannot be meant is refused with what is expected", () => {
  assert.throws(() => optionsOf("--part", "all"), /expected one of conformance, serial, network-policy, storage/);
  assert.throws(() => optionsOf("--part", "serial", "--focus", "a"), /exclude each other/);
  assert.throws(() => optionsOf("--procs", "0"), /--procs is 0/);
  assert.throws(() => optionsOf("--registry", "a:1"), /is for --kubeconfig/);
  assert.throws(() => optionsOf("--kubeconfig", "missing", "--report", "a"), /which does not exist/);
});

test.run();
