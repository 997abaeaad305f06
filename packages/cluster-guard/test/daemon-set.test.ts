import { suite } from "uvu";
import * as assert from "uvu/assert";
import { guardDaemonSet, type GuardOptions, optionsOf, removalDaemonSet, revisionOf } from "../src/daemon-set.js";

const test = suite("cluster-guard DaemonSet");

const options: GuardOptions = {
  image: "multi:5000/guard:abc",
  pull: "IfNotPresent",
  cidrs: ["10.43.0.0/16", "fd00:43::/112"],
  sources: "abc",
};
const template = (daemonSet = guardDaemonSet(options)) => daemonSet.spec?.template;

test("it runs everywhere, with the one right that it needs", () => {
  const { spec } = template() ?? {};
  const [container] = spec?.containers ?? [];
  assert.equal(spec?.tolerations, [{ operator: "Exists" }]);
  assert.is(spec?.hostNetwork, true);
  assert.is(spec?.priorityClassName, "system-node-critical");
  assert.is(spec?.automountServiceAccountToken, false);
  assert.not.ok("privileged" in (container?.securityContext ?? {}));
  assert.equal(container?.securityContext?.capabilities, { drop: ["ALL"], add: ["NET_ADMIN"] });
  assert.is(container?.securityContext?.readOnlyRootFilesystem, true);
  assert.ok(container?.resources?.limits?.memory);
  assert.equal(container?.args, ["run", "10.43.0.0/16", "fd00:43::/112"]);
  assert.equal(container?.readinessProbe?.exec?.command?.slice(0, 2), ["/bin/cluster-guard", "ready"]);
});

test("what it was made with is read from it again", () => {
  assert.equal(optionsOf(guardDaemonSet(options)), { ...options, removes: false });
  assert.equal(optionsOf(removalDaemonSet(options)), { ...options, cidrs: [], removes: true });
  const { spec } = guardDaemonSet(options);
  assert.is(optionsOf({ spec: { template: { spec: spec.template.spec } } }), undefined);
});

test("each change is another revision, and so is the removal", () => {
  const revisions = [
    guardDaemonSet(options),
    guardDaemonSet({ ...options, cidrs: ["10.44.0.0/16"] }),
    // The same tag, pushed again.
    guardDaemonSet({ ...options, sources: "abd" }),
    removalDaemonSet(options),
  ].map((daemonSet) => revisionOf(template(daemonSet)));
  assert.is(new Set(revisions).size, 4);
  assert.is(revisionOf(template(guardDaemonSet({ ...options }))), revisions[0]);
});

test.run();
