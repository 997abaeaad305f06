import type { ClusterLook } from "@k3s-lab/kube";
import { defaultK3sVersion } from "@k3s-lab/lab";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { checkUpgrade, versionMismatch } from "../src/check-upgrade.js";

const test = suite("check-upgrade");
const { signal } = new AbortController();
const made = { version: "v1.34.4+k3s1", sha256: "ab", kubeconfig: "/lab/.lab/kubeconfig" };

const nodesOf = (versions: Readonly<Record<string, string>>): ClusterLook => ({
  nodes: Object.entries(versions).map(([name, kubeletVersion]) => ({
    metadata: { name },
    status: { nodeInfo: { kubeletVersion } },
  })),
  pods: [],
});

/** Resolves with why an upgrade to this version is refused. */
async function refusalOf(version: string, versions: Readonly<Record<string, string>>, sha256 = "cd"): Promise<string> {
  const binary = { name: "k3s", size: 1, sha256, changed: 0 };
  const check = checkUpgrade(made, { version, binary }, ["multi", "agent1"], signal, async () => nodesOf(versions));
  return check.then(
    () => "",
    (error: unknown) => (error instanceof Error ? error.message : String(error)),
  );
}

test("each node is judged by the version that it runs", async () => {
  const all = { multi: "v1.34.4+k3s1", agent1: "v1.34.4+k3s1" };
  assert.is(await refusalOf("v1.35.2+k3s1", all), "");
  assert.match(
    await refusalOf("v1.36.0+k3s1", all),
    "multi: skips a minor version from v1.34.4+k3s1 to v1.36.0+k3s1, which Kubernetes does not support.",
  );
  assert.match(
    await refusalOf("v1.35.2+k3s1", { ...all, agent1: "v1.33.9+k3s1" }),
    "agent1: skips a minor version from v1.33.9+k3s1",
  );
});

test("going back is refused, unless no node has gone on yet", async () => {
  const back = await refusalOf("v1.34.3+k3s1", { multi: "v1.34.4+k3s1", agent1: "v1.34.3+k3s1" });
  assert.match(back, "multi: goes back from v1.34.4+k3s1 to v1.34.3+k3s1");
  assert.match(back, "npm run lab:down");
  assert.is(await refusalOf("v1.34.3+k3s1", { multi: "v1.34.3+k3s1", agent1: "v1.34.3+k3s1" }), "");
});

test("a node that was joined by hand is not the lab's to judge", async () => {
  assert.is(await refusalOf("v1.34.5+k3s1", { multi: "v1.34.4+k3s1", own: "v1.36.0+k3s1" }), "");
});

test("where no API answers, what was recorded counts", async () => {
  assert.match(await refusalOf("v1.36.0+k3s1", {}), "K3s: skips a minor version from v1.34.4+k3s1 to v1.36.0+k3s1");
});

test("nothing is asked of a lab that stays as it is, or was never made", async () => {
  const look = async () => {
    throw new Error("it was asked");
  };
  const binary = { name: "k3s", size: 1, sha256: "ab", changed: 0 };
  await checkUpgrade(made, { version: made.version, binary }, ["multi"], signal, look);
  await checkUpgrade(undefined, { version: "v1.40.0+k3s1", binary }, ["multi"], signal, look);
});

test("a version that a build from modules does not have is told of, unless nobody has chosen it", () => {
  const built = { source: "modules", version: "v1.34.4+modules" } as const;
  assert.match(versionMismatch({ version: "v1.35.2+k3s1" }, built) ?? "", "cluster.version asks for v1.35.2+k3s1, but");
  assert.is(versionMismatch({ version: "v1.34.4+k3s2" }, built), undefined);
  assert.is(versionMismatch({ version: defaultK3sVersion }, { ...built, version: "v1.33.0+modules" }), undefined);
  assert.is(versionMismatch({ version: "v1.35.2+k3s1" }, { ...built, source: "release" }), undefined);
});

test.run();
