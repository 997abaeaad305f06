import { Problem } from "@k3s-lab/problem";
import type { ImageStore, Transport } from "@k3s-lab/images/stores";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { findImage } from "../src/find-image.js";

const test = suite("registry find-image");

function store(transport: Transport, title: string, id: string | Problem | undefined): ImageStore {
  return {
    title,
    transport,
    async find() {
      if (id instanceof Problem) throw id;
      return id;
    },
    save: () => Promise.reject(new Error("nothing is to be saved")),
  };
}
const down = new Problem("LAB-IMG-004", "Docker", "cannot be reached", { remedy: "Start Docker." });
const finding = { written: "a:1", noStores: "no program was found" };
const find = async (...stores: readonly ImageStore[]) => (await findImage("a:1", stores, finding)).title;
const refused = (...stores: readonly ImageStore[]) => find(...stores).catch((error: Error) => error.message);

test("an image is taken from the only place that has it, whether the others answer or not", async () => {
  const podman = store("containers-storage", "Podman", "sha256:a");
  assert.is(await find(store("docker-daemon", "Docker", down), podman), "Podman");
  assert.is(await find(store("docker-daemon", "Docker", undefined), podman), "Podman");
});

test("the same image in several places is one, and of one kind the first counts", async () => {
  const docker = store("docker-daemon", "Docker", "sha256:a");
  assert.is(await find(docker, store("containers-storage", "Podman", "sha256:a")), "Docker");
  const [one, other] = [store("containerd", "default", "sha256:a"), store("containerd", "k8s.io", "sha256:b")];
  assert.is(await find(one, other), "default");
});

test("of different images the user says which", async () => {
  const both = [store("docker-daemon", "Docker", "sha256:a"), store("containers-storage", "Podman", "sha256:b")];
  assert.match(
    await refused(...both),
    "a:1: is in Docker and in Podman, expected one of them to be named. Write docker-daemon:a:1 or containers-storage:a:1.",
  );
});

test("one that is found nowhere is reported with all that is known", async () => {
  const podman = store("containers-storage", "Podman", undefined);
  const docker = store("docker-daemon", "Docker", down);
  assert.match(
    await refused(podman, docker),
    "a:1: is not in Podman; Docker cannot be reached. Start Docker. Build it first, or write docker://a:1",
  );
  assert.match(await refused(), "a:1: no program was found. Set DOCKER_HOST to");
  assert.is(await refused(docker), down.message);
});

test("what a store has of the same image with other tags is offered", async () => {
  const docker = {
    ...store("docker-daemon", "Docker", undefined),
    namesLike: async (name: string) => (name === "a:1" ? ["a:2", "a:latest", "a:3", "a:4"] : []),
  };
  assert.match(await refused(docker), "a:1: is not in Docker. Did you mean a:2 or a:latest or a:3? Build it first");
  const silent = { ...docker, namesLike: () => Promise.reject(down) };
  assert.match(await refused(silent), "a:1: is not in Docker. Build it first");
});

test.run();
