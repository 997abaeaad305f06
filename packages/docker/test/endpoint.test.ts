import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { sha256 } from "@k3s-lab/host";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { dockerEndpoint, socketOf } from "../src/endpoint.js";

const test = suite<{ home: string }>("docker endpoint");

test.before.each((context) => {
  context.home = mkdtempSync(join(tmpdir(), "k3s-lab-docker-"));
});
test.after.each(({ home }) => rmSync(home, { recursive: true }));

function makeContext(home: string, name: string, host: string): void {
  const folder = join(home, ".docker/contexts/meta", sha256(name));
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, "meta.json"), JSON.stringify({ Name: name, Endpoints: { docker: { Host: host } } }));
}

test("without any setting it is the system's own socket", ({ home }) => {
  assert.is(dockerEndpoint({ env: { HOME: home }, platform: "linux" }), "unix:///var/run/docker.sock");
  assert.is(dockerEndpoint({ env: { HOME: home }, platform: "win32" }), "npipe:////./pipe/docker_engine");
});

test("DOCKER_HOST comes first, then the context of the environment, then that of `docker context use`", ({ home }) => {
  makeContext(home, "colima", "unix:///home/ann/.colima/docker.sock");
  makeContext(home, "far", "ssh://ann@far");
  writeFileSync(join(home, ".docker/config.json"), JSON.stringify({ currentContext: "colima" }));
  const at = (env: NodeJS.ProcessEnv) => dockerEndpoint({ env: { HOME: home, ...env }, platform: "linux" });
  assert.is(at({}), "unix:///home/ann/.colima/docker.sock");
  assert.is(at({ DOCKER_CONTEXT: "far" }), "ssh://ann@far");
  assert.is(at({ DOCKER_CONTEXT: "default" }), "unix:///var/run/docker.sock");
  assert.is(at({ DOCKER_CONTEXT: "far", DOCKER_HOST: "unix:///x" }), "unix:///x");
});

test("a context that is gone is named, since no command of Docker's would work", ({ home }) => {
  mkdirSync(join(home, ".docker"));
  const at = (env: NodeJS.ProcessEnv) => dockerEndpoint({ env: { HOME: home, ...env }, platform: "linux" });
  assert.throws(
    () => at({ DOCKER_CONTEXT: "gone" }),
    /^DOCKER_CONTEXT: names the context gone, expected .*meta\.json\. Unset/,
  );
  writeFileSync(join(home, ".docker/config.json"), '{"currentContext": "desktop-linux"}');
  assert.throws(() => at({}), /config\.json: names the context desktop-linux.*docker context use default/);
  assert.is(at({ DOCKER_HOST: "unix:///x" }), "unix:///x");
});

test("a file that is none of Docker's is none", ({ home }) => {
  mkdirSync(join(home, ".docker"));
  for (const text of ["", "{", "[]", "null", '{"currentContext": 7}']) {
    writeFileSync(join(home, ".docker/config.json"), text);
    assert.is(dockerEndpoint({ env: { HOME: home }, platform: "linux" }), "unix:///var/run/docker.sock", text);
  }
});

test("a folder where a file should be, as one that this user may not read, names nothing", ({ home }) => {
  mkdirSync(join(home, ".docker/config.json"), { recursive: true });
  assert.is(dockerEndpoint({ env: { HOME: home }, platform: "linux" }), "unix:///var/run/docker.sock");
});

test("only a socket or a pipe is of this host", () => {
  assert.is(socketOf("unix:///run/docker.sock"), "/run/docker.sock");
  assert.is(socketOf("npipe:////./pipe/docker_engine"), "//./pipe/docker_engine");
  for (const remote of ["tcp://10.0.0.1:2375", "ssh://me@there", "https://x"]) assert.is(socketOf(remote), undefined);
});

test.run();
