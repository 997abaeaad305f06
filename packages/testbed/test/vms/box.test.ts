import { suite } from "uvu";
import * as assert from "uvu/assert";
import { boxName } from "../../src/vms/box.js";
import { guests } from "../../src/vms/guests.js";

const test = suite("testbed box");

test("a box is called by its recipe: another file in it, or another guest, is another box", () => {
  const { systemd, openrc } = guests;
  const changed = { ...systemd, files: { ...systemd.files, "/etc/motd": "hello\n" } };
  const names = [boxName("systemd", systemd), boxName("systemd", changed), boxName("openrc", openrc)];
  assert.is(new Set(names).size, 3);
  assert.is(boxName("systemd", structuredClone(systemd)), names[0]);
  for (const name of names) assert.match(name, /^k3s-lab-test-(systemd|openrc)-[0-9a-f]{12}$/);
});

test.run();
