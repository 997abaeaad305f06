import { parseConfig } from "@k3s-lab/lab/parse-config";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { type Answers, answersOf, explain, renderLabFile } from "../src/index.js";
import { defaults, facts } from "./sample.js";

const test = suite("setup render-lab-file");
const render = (answers: Answers) => renderLabFile(answers, explain(answers, facts), { schema: "s.json", about: [] });

test("defaults are shown and not set", () => {
  const text = render(defaults);
  assert.is(text.split("\n")[0], "# yaml-language-server: $schema=s.json");
  assert.not.match(text, /^[^#\n]/m);
  assert.equal(parseConfig(text), parseConfig(""));
  assert.match(text, /^# {3}uplink: auto # auto: eth0, which has the only default route$/m);
});

test("what is shown is the default: without its #, the file means the same", () => {
  const text = render(defaults);
  const [, ...blocks] = text.split("\n\n");
  const uncommented = blocks.join("\n").replaceAll(/^# /gm, "");
  assert.equal(parseConfig(uncommented), parseConfig(""));
});

test("what differs is set, and comes back as the same answers", () => {
  const nodes = [
    { name: "cp", role: "server", address: "192.168.1.110" },
    { name: "w", role: "agent" },
  ] as const;
  for (const change of [
    { name: "on", nodes },
    { driver: "virtualbox", mode: "bridged", memory: 2048, box: "debian/bookworm64", interface: "eth1" },
    { driver: "libvirt", cpus: 4 },
    { driver: "docker", version: "v1.33.1+k3s1" },
    { mode: "bridged", subnet: "192.168.1.0/24", gateway: "192.168.1.1", nameservers: ["8.8.8.8", "9.9.9.9"], nodes },
    { uplink: "yes" },
  ] satisfies readonly Partial<Answers>[]) {
    const answers = { ...defaults, ...change };
    const fitting =
      answers.nodes === nodes && answers.mode === "private" ? { ...answers, subnet: "192.168.1.0/24" } : answers;
    assert.equal(answersOf(parseConfig(render(fitting))), fitting, render(fitting));
  }
});

test("a section in which something is set shows its defaults in comments", () => {
  const text = render({ ...defaults, mode: "bridged" });
  assert.match(text, /^network:\n {2}mode: bridged # .*\n {2}# subnet: auto # /m);
});

test.run();
