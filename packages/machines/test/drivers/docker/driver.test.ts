import { suite } from "uvu";
import * as assert from "uvu/assert";
import { dockerDriver } from "../../../src/drivers/docker/driver.js";
import { agent1, wanted } from "../../sample.js";
import { daemonWith } from "./daemon-with.js";
import { hardware } from "./sample.js";

const test = suite("machines docker driver");

/** What is told to stay of a container of this image, with these folders of the host, when it is made again. */
async function keptOf(image: string, mounts: readonly string[] = []) {
  using _daemon = await daemonWith({
    "/containers/k3s-lab-0123ab-agent1/json": {
      State: { Status: "running" },
      Config: { Labels: { "k3s-lab.image": image } },
      Mounts: mounts.map((Destination) => ({ Type: "bind", Destination })),
    },
  });
  return await dockerDriver("0123ab", () => ({ ...wanted, driver: "docker", docker: hardware })).keeps?.(agent1);
}

test("a container that is made again keeps its disk where its image is the same, and its volumes alone otherwise", async () => {
  const volumes = ["/var/lib/rancher", "/var/lib/kubelet", "/etc/rancher"];
  assert.is(await keptOf(hardware.image, ["/src"]), undefined);
  assert.equal(await keptOf("k3s-lab/node:0"), volumes);
  assert.equal(await keptOf(hardware.image, ["/etc/ssl/own"]), volumes, "what is mounted below them is the host's");
});

test.run();
