import { parseSeen } from "../../src/node/node-seen.js";
import { suite } from "uvu";
import * as assert from "uvu/assert";

const test = suite("cluster node-seen");
const base64 = (text: string) => Buffer.from(text).toString("base64");

test("reads all that a look prints", () => {
  const seen = parseSeen(`mode 600 /etc/rancher/k3s/config.yaml
sum abcd  /etc/rancher/k3s/config.yaml
size 42 /usr/local/bin/k3s
installed ef01  /usr/local/bin/k3s
link k3s /usr/local/bin/kubectl
service ActiveState=active
service UnitFileState=enabled
service MainPID=7
started 1234
password
token ${base64("K10ab::node:x\n")}
kubeconfig ${base64("apiVersion: v1\n")}
lookup none`);
  assert.is(seen.modes.get("/etc/rancher/k3s/config.yaml"), "600");
  assert.is(seen.sums.get("/etc/rancher/k3s/config.yaml"), "abcd");
  assert.is(seen.sizes.get("/usr/local/bin/k3s"), 42);
  assert.is(seen.installed.get("/usr/local/bin/k3s"), "ef01");
  assert.is(seen.links.get("/usr/local/bin/kubectl"), "k3s");
  assert.ok(seen.isActive && seen.isEnabled && seen.hasPassword);
  assert.is(seen.startedWith, "1234");
  assert.is(seen.joinToken, "K10ab::node:x");
  assert.is(seen.kubeconfig, "apiVersion: v1\n");
  assert.is(seen.lookup, "failed");
});

test("a service that starts is not active yet", () => {
  assert.not.ok(parseSeen("service ActiveState=activating\nservice UnitFileState=enabled").isActive);
});

test("of a fresh machine nothing is known", () => {
  const { isRunning, isActive, hasPassword, joinToken, lookup } = parseSeen("");
  assert.equal([isRunning, isActive, hasPassword, joinToken, lookup], [true, false, false, undefined, undefined]);
});

test.run();
