import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { release, tmpdir } from "node:os";
import { join } from "node:path";
import { Problem } from "@k3s-lab/problem";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { dockerAnswers } from "../src/answers.js";
import { expectDocker } from "../src/daemon.js";
import { docker, inspect, labelled } from "../src/docker.js";

const test = suite("docker asked by its socket");

/** What the daemon answers, by path; with anything else, it knows no such thing. */
const answers = new Map<string, unknown>();
const asked: string[] = [];
const dir = mkdtempSync(join(tmpdir(), "k3s-lab-docker-"));
const socket = join(dir, "docker.sock");
const before = process.env.DOCKER_HOST;
const server = createServer(({ url = "" }, answer) => {
  asked.push(decodeURIComponent(url));
  const body = answers.get(url.split("?")[0] ?? "");
  answer.statusCode = body === undefined ? 404 : body === "broken" ? 500 : 200;
  answer.end(JSON.stringify(body ?? { message: "no such thing" }));
});

test.before(async () => {
  await once(server.listen(socket), "listening");
  process.env.DOCKER_HOST = `unix://${socket}`;
});

test.after(() => {
  server.close();
  rmSync(dir, { recursive: true });
  if (before === undefined) delete process.env.DOCKER_HOST;
  else process.env.DOCKER_HOST = before;
});

async function problemOf(work: Promise<unknown>): Promise<Problem | undefined> {
  try {
    await work;
    return undefined;
  } catch (error) {
    assert.ok(error instanceof Problem, String(error));
    return error;
  }
}

test("a thing is found by its name, an image by name and tag, and what is missing is undefined", async () => {
  answers.set("/images/k3s-lab/node:1/json", { Id: "sha256:1" });
  assert.equal(await inspect("image", "k3s-lab/node:1"), { Id: "sha256:1" });
  assert.is(await inspect("container", "gone"), undefined);
  assert.is(asked.at(-1), "/containers/gone/json");
});

test("things are found by their label, in the order of their names", async () => {
  const labels = { "k3s-lab.lab": "7f3a21" };
  answers.set("/containers/json", [
    { Id: "2", Names: ["/b"], Labels: labels, State: "exited" },
    { Id: "1", Names: ["/a"], Labels: labels, State: "running" },
  ]);
  assert.equal(
    (await labelled("container", "k3s-lab.lab=7f3a21")).map(({ name, state }) => [name, state]),
    [
      ["a", "running"],
      ["b", "exited"],
    ],
  );
  assert.is(asked.at(-1), '/containers/json?all=1&filters={"label":["k3s-lab.lab=7f3a21"]}');
  answers.set("/volumes", { Volumes: null });
  assert.equal(await labelled("volume", "k3s-lab.lab"), []);
  answers.set("/volumes", { Volumes: [{ Name: "v", Labels: null, Mountpoint: "/there" }] });
  assert.equal(await labelled("volume", "k3s-lab.lab"), [{ name: "v", labels: {}, folder: "/there" }]);
});

test("a daemon that fails is no daemon that knows nothing", async () => {
  answers.set("/networks/lab", "broken");
  const problem = await problemOf(inspect("network", "lab"));
  assert.match(problem?.message ?? "", /answers 500 to \/networks\/lab: "broken".*LAB-DKR-004/s);
});

test("a daemon that does not answer is told from one elsewhere", async () => {
  assert.is(await dockerAnswers(`unix://${dir}/none.sock`), false);
  process.env.DOCKER_HOST = `unix://${dir}/none.sock`;
  assert.is((await problemOf(inspect("network", "lab")))?.id, "LAB-DKR-004");
  {
    const { DOCKER_CONTEXT: context } = process.env;
    Object.assign(process.env, { DOCKER_HOST: "", DOCKER_CONTEXT: "gone" });
    assert.is(await dockerAnswers(), false, "a context that is gone");
    if (context === undefined) delete process.env.DOCKER_CONTEXT;
    else process.env.DOCKER_CONTEXT = context;
  }
  process.env.DOCKER_HOST = "ssh://ann@far";
  assert.is((await problemOf(labelled("network", "lab")))?.id, "LAB-DKR-002");
  process.env.DOCKER_HOST = `unix://${socket}`;
});

test("a daemon that answers without telling what it is will not do", async () => {
  answers.set("/info", { ServerVersion: "19.03.15" });
  // Where `docker` itself is missing, that is what is told.
  const problem = await problemOf(expectDocker());
  assert.ok(["LAB-DKR-001", "LAB-DKR-005"].includes(problem?.id ?? ""), problem?.message);
});

test("a daemon whose networks are on another host is refused, as in a container that was only given its socket", async () => {
  const { PATH: path } = process.env;
  writeFileSync(join(dir, "docker"), "", { mode: 0o755 });
  process.env.PATH = `${dir}:${path}`;
  answers.set("/info", { ServerVersion: "28.5.2", KernelVersion: release() });
  const bridge = (name: string) =>
    answers.set("/networks/bridge", { Options: { "com.docker.network.bridge.name": name } });
  bridge("docker-none");
  const problem = await problemOf(expectDocker());
  bridge("lo");
  await expectDocker();
  // "bridge": "none" in daemon.json.
  answers.delete("/networks/bridge");
  await expectDocker();
  process.env.PATH = path;
  if (process.platform === "linux")
    assert.match(problem?.message ?? "", /has its networks on another host \(there is no docker-none here\)/);
});

test("what a person has chosen for images of their own does not reach a command of the lab's", async () => {
  const { PATH: path } = process.env;
  writeFileSync(join(dir, "docker"), "#!/bin/sh\nenv", { mode: 0o755 });
  const chosen = { DOCKER_CONTENT_TRUST: "1", DOCKER_DEFAULT_PLATFORM: "linux/arm64", DOCKER_API_VERSION: "1.24" };
  Object.assign(process.env, chosen, { PATH: `${dir}:${path}` });
  const { stdout } = await docker(["create"], { env: { MARK: "kept" } });
  for (const name of Object.keys(chosen)) delete process.env[name];
  process.env.PATH = path;
  assert.match(stdout, /^MARK=kept$/m);
  assert.not.match(stdout, /DOCKER_(?:CONTENT|DEFAULT|API)/);
});

test.run();
