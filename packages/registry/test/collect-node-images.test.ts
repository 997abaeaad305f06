import { Facts, type Action } from "@k3s-lab/steps";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { collectNodeImagesStep, usedIn } from "../src/collect-node-images.js";

const test = suite("registry collect-node-images");

const image = (id: string, repoTags: readonly string[], size = "1000") => ({
  id,
  repoTags,
  repoDigests: [`multi:5000/app@${id}`],
  size,
});
const images = {
  images: [
    image("sha256:new", ["multi:5000/app:1"]),
    image("sha256:old", [], "2000000"),
    image("sha256:older", [], "3000000"),
    image("sha256:running", []),
    image("sha256:byDigest", []),
  ],
};
const containers = {
  containers: [
    { imageRef: "sha256:running", image: { image: "sha256:running" } },
    { imageRef: "sha256:elsewhere", image: { image: "multi:5000/app@sha256:byDigest" } },
  ],
};

test("what has lost its name and runs nowhere is removed; what has a name, or is used, stays", async () => {
  const asked: string[] = [];
  const nodes = {
    timeoutFactor: 1,
    exec: async (node: string, argv: readonly string[]) => {
      const command = argv.slice(1).join(" ");
      asked.push(`${node}: ${command}`);
      const answers: Readonly<Record<string, object>> = {
        "crictl images -o json": node === "multi" ? images : { images: [] },
        "crictl ps -a -o json": node === "multi" ? containers : {},
      };
      return { exitCode: 0, stdout: JSON.stringify(answers[command] ?? {}), stderr: "" };
    },
  };
  let freed = 0;
  const step = collectNodeImagesStep(["multi", "agent1"], nodes, (bytes) => void (freed += bytes));
  const [action, ...others] = step.plan(await step.observe(new Facts())) as readonly Action[];
  assert.is(action?.sentence, "multi: remove 2 images (5.0 MB) whose name another has taken");
  assert.equal(others, []);
  const context = { signal: new AbortController().signal, facts: new Facts(), progress: () => {}, note: () => {} };
  await action?.run(context);
  assert.is(asked.at(-1), "multi: crictl rmi sha256:old sha256:older");
  assert.is(freed, 5_000_000);
});

test("a node without containers uses nothing", () => {
  assert.is(usedIn('{"containers":null}').size, 0);
});

test.run();
