import { parseK3s } from "../../src/node/node-seen.js";
import { suite } from "uvu";
import * as assert from "uvu/assert";

const test = suite("cluster node-seen");
const base64 = (text: string) => Buffer.from(text).toString("base64");

test("reads all that a look prints", () => {
  const seen = parseK3s(`size 42 /usr/local/bin/k3s
installed ef01  /usr/local/bin/k3s
link k3s /usr/local/bin/kubectl
contributed /etc/rancher/k3s/k3s-lab.d/x.pem
service ActiveState=active
service UnitFileState=enabled
service MainPID=7
started 1234
password
token ${base64("K10ab::node:x\n")}
kubeconfig ${base64("apiVersion: v1\n")}`);
  assert.is(seen.sizes.get("/usr/local/bin/k3s"), 42);
  assert.is(seen.installed.get("/usr/local/bin/k3s"), "ef01");
  assert.equal(seen.contributed, ["/etc/rancher/k3s/k3s-lab.d/x.pem"]);
  assert.is(seen.links.get("/usr/local/bin/kubectl"), "k3s");
  assert.ok(seen.isActive && seen.isEnabled && seen.hasPassword);
  assert.is(seen.startedWith, "1234");
  assert.is(seen.joinToken, "K10ab::node:x");
  assert.is(seen.kubeconfig, "apiVersion: v1\n");
});

test("a server's look tells of its store what a restore has left", () => {
  assert.equal(
    ["begun\netcd\nmoved", "begun\netcd", "begun"].map((output) => [
      parseK3s(output).hasEtcd,
      parseK3s(output).isMoved,
    ]),
    [
      [true, true],
      [true, false],
      [false, false],
    ],
  );
});

test("a service that starts is not active yet", () => {
  assert.not.ok(parseK3s("service ActiveState=activating\nservice UnitFileState=enabled").isActive);
});

test("the start of K3s is its age before the node's own time, and not later by any rounding", () => {
  const { age, startedAt } = parseK3s("age 5.25\nnow 1000");
  assert.equal([age, startedAt], [5.25, 994]);
  assert.is(parseK3s("now 1000").startedAt, 1000, "of one that does not run, only a later report counts");
});

test("of a fresh machine nothing is known", () => {
  const { isActive, hasPassword, joinToken, age, startedAt } = parseK3s("");
  assert.equal([isActive, hasPassword, joinToken, age, startedAt], [false, false, undefined, undefined, undefined]);
});

test.run();
