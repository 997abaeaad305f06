import { createServer } from "node:http";
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { pullCheckStep, pushCheckStep } from "../src/check.js";
import { NotRunning } from "@k3s-lab/machines";
import { checkImage } from "../src/check-image.js";
import { Registry } from "../src/registry.js";
import { FakeNodes } from "./fake-nodes.js";
import { actionsOf, contextWith } from "./plan.js";

const test = suite("registry check");
const registry = new Registry({ node: "multi", address: "10.76.0.10", port: 5000 });
const image = checkImage(registry.name, "amd64");
const reference = `multi:5000/k3s-lab/check:${image.tag}`;

test("is pushed unless the registry has this very image", async () => {
  let digest = image.digest;
  let isServing = false;
  const asked: string[] = [];
  const server = createServer(({ url = "" }, response) => {
    asked.push(url);
    response.setHeader("docker-content-digest", digest).end();
  })
    .listen(0, "127.0.0.1")
    .unref();
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  const local = new Registry({ node: "multi", address: "127.0.0.1", port });
  const step = pushCheckStep(local, {
    image,
    nodes: { timeoutFactor: 1 },
    isServing: async () => isServing,
    proviso: async () => "if the registry does not have it",
  });
  const [unknown] = await actionsOf(step);
  assert.is(unknown?.provided, "if the registry does not have it", "one that does not serve yet may have it");
  assert.equal(asked, [], "nothing is asked at an address that is not known to be the registry's");
  isServing = true;
  assert.equal(await actionsOf(step), []);
  assert.equal(asked, [`/v2/k3s-lab/check/manifests/${image.tag}`]);
  digest = `sha256:${"0".repeat(64)}`;
  const [action] = await actionsOf(step);
  assert.is(action?.provided, undefined);
  assert.is(action?.sentence, `host: push multi:${port}/k3s-lab/check:${image.tag}`);
  digest = image.digest;
  server.close();
  setTimeout(() => server.listen(port, "127.0.0.1"), 300);
  assert.equal(await actionsOf(step), [], "one that served a moment ago is asked again");
  server.close();
});

test("is pulled, through the CRI, where containerd does not have it", async () => {
  const nodes = new FakeNodes((command) => (command.startsWith("agent1: see") ? 1 : 0));
  const step = pullCheckStep(registry, image, nodes, ["multi", "agent1", "agent2"]);
  const actions = await actionsOf(step);
  assert.equal(
    actions.map(({ sentence }) => sentence),
    [`agent1: pull ${reference}`],
  );
  const blobs = "/var/lib/rancher/k3s/agent/containerd/io.containerd.content.v1.content/blobs/sha256";
  const digests = [image.digest, image.config].map((digest) => digest.replace("sha256:", ""));
  assert.is(nodes.commands[0], `multi: see ${blobs}/${digests[0]} ${blobs}/${digests[1]}`);
  await actions[0]?.run(contextWith());
  assert.is(nodes.commands.at(-1), `agent1: /usr/local/bin/k3s crictl pull ${reference}`);
});

test("a node that does not exist lacks it, and one that stands still may", async () => {
  for (const [state, provided] of [
    ["absent", undefined],
    ["stopped", "if the node does not have it yet"],
  ] as const) {
    const exec = async () => {
      throw new NotRunning("multi", state);
    };
    const actions = await actionsOf(pullCheckStep(registry, image, { timeoutFactor: 1, exec }, ["multi"]));
    assert.equal(
      actions.map((action) => action.provided),
      [provided],
    );
  }
});

test("a node that the Service has not reached yet is retried", async () => {
  let refusals = 2;
  const nodes = {
    timeoutFactor: 1,
    exec: (_: string, argv: readonly string[]) =>
      argv[0] === "sh"
        ? Promise.reject(new Error("exit code 1"))
        : refusals-- > 0
          ? Promise.reject(new Error("dial tcp 10.76.0.10:5000: connect: connection refused"))
          : Promise.resolve({ exitCode: 0, stdout: "", stderr: "" }),
  };
  const [action] = await actionsOf(pullCheckStep(registry, image, nodes, ["agent1"]));
  await action?.run(contextWith());
  assert.is(refusals, -1);
});

test("a pull that fails is reported with where, what and from where", async () => {
  const step = pullCheckStep(registry, image, new FakeNodes(() => 1), ["agent1"]);
  const [action] = await actionsOf(step);
  const error = await action?.run(contextWith()).catch((reason: unknown) => reason);
  assert.match(String(error), `agent1: could not pull ${reference} from http://10.76.0.10:5000`);
});

test.run();
