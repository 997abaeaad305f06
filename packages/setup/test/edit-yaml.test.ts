import { suite } from "uvu";
import * as assert from "uvu/assert";
import { appendTo, removeAt, setAt } from "../src/edit-yaml.js";

const test = suite("setup edit-yaml");
const set = (text: string, path: string, value: string, comment?: string, stale?: string) =>
  setAt(
    text,
    path.split(".").map((key) => (/^\d+$/.test(key) ? Number(key) : key)),
    { value, comment, stale },
  );

test("a value is replaced where it stands, and every other byte stays", () => {
  const text = "# mine\nname:    'old'   # why\n\n\nnetwork:\n    mode:   private # kept\n";
  assert.is(set(text, "name", "new"), text.replace("'old'", "new"));
  assert.is(set(text, "network.mode", "bridged", "other"), text.replace("private", "bridged"));
});

test("Windows' line ends stay", () => {
  assert.is(
    set("name: a\r\nnetwork:\r\n  mode: private\r\n", "name", "b"),
    "name: b\r\nnetwork:\r\n  mode: private\r\n",
  );
});

test("what explained the value goes with it, and nothing else does", () => {
  assert.is(set("mode: a # old\nb: 1\n", "mode", "c", "new", "old"), "mode: c # new\nb: 1\n");
  assert.is(set("mode: a # old, and mine\n", "mode", "c", "new", "old"), "mode: c # old, and mine\n");
});

test("a key is added to its section, as it is indented", () => {
  assert.is(
    set("network:\n    mode: private\nhost: {}\n", "network.subnet", "x"),
    "network:\n    mode: private\n    subnet: x\nhost: {}\n",
  );
  assert.is(
    set("network: { mode: private } # one\n", "network.subnet", "x"),
    "network: { mode: private, subnet: x } # one\n",
  );
  assert.is(set("network: {}\n", "network.subnet", "x"), "network: { subnet: x }\n");
  assert.is(set("network:\nname: a\n", "network.mode", "x"), "network:\n  mode: x\nname: a\n");
});

test("missing sections are made, at the end or where they belong", () => {
  assert.is(set("", "network.mode", "x"), "network:\n  mode: x\n");
  assert.is(set("name: a", "network.mode", "x"), "name: a\nnetwork:\n  mode: x\n");
  assert.is(
    set("machines:\n  provider: vagrant\n", "machines.vagrant.cpus", "2"),
    "machines:\n  provider: vagrant\n  vagrant:\n    cpus: 2\n",
  );
  assert.is(set("machines:\n", "machines.vagrant.cpus", "2"), "machines:\n  vagrant:\n    cpus: 2\n");
  assert.is(set("{ name: a }\n", "machines.vagrant.cpus", "2"), "{ name: a, machines: { vagrant: { cpus: 2 } } }\n");
});

test("the comment that shows a default becomes the key", () => {
  assert.is(set("# name: k3s-lab # why\nb: 1\n", "name", "x", "now"), "name: x # now\nb: 1\n");
  const shown = "a: 1\n\n# network:\n#   mode: private # why\n#   uplink: auto\n";
  assert.is(set(shown, "network.mode", "bridged"), "a: 1\n\nnetwork:\n  mode: bridged\n  # uplink: auto\n");
  const inside = "network:\n  # mode: private\n  subnet: x\n  # uplink: auto # why\nb:\n  # uplink: auto\n";
  assert.is(set(inside, "network.mode", "b"), inside.replace("# mode: private", "mode: b"));
  assert.is(set(inside, "network.uplink", "eth0"), inside.replace("# uplink: auto # why", "uplink: eth0"));
});

test("a default that another section shows is that section's", () => {
  const text = "network:\n  mode: a\nb:\n  # uplink: auto\n  c: 1\n";
  assert.is(set(text, "network.uplink", "eth0"), text.replace("mode: a\n", "mode: a\n  uplink: eth0\n"));
});

test("a sentence in a comment is no default", () => {
  const text = "# name: it is called after the cat\nb: 1\n";
  assert.is(set(text, "name", "x"), `${text}name: x\n`);
});

test("what a change of text cannot reach is left to the caller", () => {
  assert.is(set("a: &b { mode: private }\nnetwork: *b\n", "network.mode", "x"), undefined);
  assert.is(set("name: |\n  long\n", "name", "x"), undefined);
  assert.is(set("name: &n a\nx-b: *n\n", "name", "x"), undefined);
});

test("keys and items are taken out with their lines", () => {
  assert.is(removeAt("a: 1 # one\nb: 2\n", ["a"]), "b: 2\n");
  assert.is(removeAt("a: { b: 1, c: 2 }\n", ["a", "b"]), "a: { c: 2 }\n");
  assert.is(removeAt("a: { b: 1, c: 2 }\n", ["a", "c"]), "a: { b: 1 }\n");
  assert.is(removeAt("a:\n  b: 1\nc: 2\n", ["a", "b"]), "c: 2\n", "the last key goes with its section");
  assert.is(removeAt("a:\n  - x\n  - y # why\n  - z\n", ["a", 1]), "a:\n  - x\n  - z\n");
  assert.is(removeAt("a:\n  - b: 1\n    c: 2\n  - d\n", ["a", 0]), "a:\n  - d\n");
  assert.is(removeAt("a: 1\n", ["b", "c"]), "a: 1\n");
  assert.is(removeAt("a:\n  - b: 1\n    c: 2\n", ["a", 0, "b"]), undefined, "another key begins on its line");
});

test("items are added as the list is written", () => {
  assert.is(appendTo("a:\n- x\nb: 1\n", ["a"], "y"), "a:\n- x\n- y\nb: 1\n");
  assert.is(appendTo("a:\n    - { x: 1 } # why\n", ["a"], "y"), "a:\n    - { x: 1 } # why\n    - y\n");
  assert.is(appendTo("a: [x]\n", ["a"], "y"), "a: [x, y]\n");
  assert.is(appendTo("a: []", ["a"], "y"), "a: [y]");
  assert.is(appendTo("a: 1\n", ["a"], "y"), undefined);
});

test.run();
