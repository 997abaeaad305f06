import { creationRetrier } from "../src/object.js";
import { dnsDeployment } from "../src/pod.js";
import { suite } from "uvu";
import * as assert from "uvu/assert";

const test = suite("kube: object");

test("a refused creation is tried again every few seconds at most, and whoever refuses that, too, is borne with", async () => {
  const asked: string[] = [];
  const patch = async (path: string) => {
    asked.push(path);
    throw new Error("refused");
  };
  const retry = creationRetrier({ patch }, dnsDeployment);
  const { signal } = new AbortController();
  for (let look = 0; look < 3; look++) await retry(signal);
  assert.equal(asked, ["/apis/apps/v1/namespaces/kube-system/deployments/coredns"]);
  const another = creationRetrier({ patch }, dnsDeployment);
  const error = await another(AbortSignal.abort()).catch((reason: unknown) => reason);
  assert.is((error as Error).name, "AbortError", "an interruption is no refusal");
});

test.run();
