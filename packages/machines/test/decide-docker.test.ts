import { once } from "node:events";
import { createServer } from "node:net";
import { parseConfig } from "@k3s-lab/lab/parse-config";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { checkRoom, decideDocker, freePorts, onLoopback } from "../src/decide-docker.js";
import { needFor } from "../src/disk-room.js";
import type { DockerHardware } from "../src/machine.js";
import { daemonWith } from "./drivers/docker/daemon-with.js";

const test = suite("machines decide docker");

const one = "machines: { provider: docker }\n";
const three = `${one}nodes: [{ name: a, role: server }, { name: b, role: server }, { name: c, role: server }]\n`;
const hardware = {
  image: "k3s-lab/node:old",
  apiPort: 20001,
  registryPort: 20002,
  registryNodePort: 5000,
  ports: [],
  cache: "/cache",
};

async function decide(yaml: string, recorded: DockerHardware | undefined) {
  const notes: string[] = [];
  const state = { exists: () => true } as never;
  const lab = { id: "0123ab", config: parseConfig(yaml), state };
  const docker = await decideDocker({
    lab,
    recorded: recorded && { docker: recorded },
    note: (text) => notes.push(text),
  });
  return { docker, notes };
}

const rancher = (node: string) => `/volumes/k3s-lab-0123ab-${node}-rancher`;
const image = { "/images/k3s-lab/node:old/json": {} };
const several = { ...hardware, relay: "10.76.0.15" };

test("what is lost of several servers is told: all of them, or the registry's images alone", async () => {
  {
    using _daemon = await daemonWith(image);
    const { notes } = await decide(three, several);
    assert.equal(notes, [
      "Docker has neither the servers' containers nor their volumes any more: what the cluster and its registry held is lost",
    ]);
  }
  {
    using _daemon = await daemonWith({ ...image, [rancher("b")]: {} });
    assert.match((await decide(three, several)).notes.join(), "no volume with the registry's images");
  }
  using _daemon = await daemonWith({ ...image, [rancher("b")]: {}, "/volumes/k3s-lab-0123ab.registry": {} });
  assert.equal((await decide(three, several)).notes, []);
});

test("servers that become several are made of today's image, with the ports that the lab has", async () => {
  using _daemon = await daemonWith({ ...image, [rancher("a")]: {} });
  const grown = await decide(three, hardware);
  assert.is.not(grown.docker.image, "k3s-lab/node:old");
  assert.equal([grown.docker.apiPort, grown.docker.registryPort, grown.notes], [20001, 20002, []]);
  assert.is((await decide(three, several)).docker.image, "k3s-lab/node:old");
});

test("ports whose record is lost are those that the relay publishes", async () => {
  const bound = (port: string) => [{ HostPort: port }];
  const PortBindings = { "6443/tcp": bound("20001"), "5000/tcp": bound("20002") };
  using _daemon = await daemonWith({ "/containers/k3s-lab-0123ab.relay/json": { HostConfig: { PortBindings } } });
  const { docker } = await decide(three, undefined);
  assert.equal([docker.apiPort, docker.registryPort], [20001, 20002]);
});

test("a disk of Docker's that is too full for the machines is refused, and of machines that are made noted alone", () => {
  const notes: string[] = [];
  const check = (machines: number, share: number) => {
    const space = { size: 100 * 2 ** 30, available: share * 2 ** 30, inodes: 0, freeInodes: 0 };
    checkRoom("/srv/docker", needFor(machines, true), (text) => notes.push(text), space);
  };
  assert.throws(
    () => check(3, 7.5),
    /^\/srv\/docker: has 7\.5 GiB free \(7 %\), expected 8\.0 GiB.*`docker system df`.*LAB-MCH-019/,
  );
  check(3, 19);
  assert.equal(notes, []);
  check(0, 4);
  assert.match(notes.join(), "/srv/docker: 4 % of its disk remains free");
});

test("a lab has the same two ports whenever it asks, and another lab has others", async () => {
  const ports = await freePorts("0123ab");
  assert.equal(await freePorts("0123ab"), ports);
  assert.is(new Set([...ports, ...(await freePorts("fedcba"))]).size, 4);
  for (const port of ports) assert.ok(port >= 16_384 && port < 32_768);
});

test("a port that is taken is passed over", async () => {
  const [first] = await freePorts("0123ab");
  const server = createServer().listen(first, "127.0.0.1");
  await once(server, "listening");
  const without = await freePorts("0123ab");
  server.close();
  assert.not.ok(without.includes(first));
});

test("nothing is offered to the LAN unless an address is written", () => {
  assert.is(onLoopback("8080:80"), "127.0.0.1:8080:80");
  assert.is(onLoopback("8080:80/udp"), "127.0.0.1:8080:80/udp");
  assert.is(onLoopback("0.0.0.0:8080:80"), "0.0.0.0:8080:80");
});

test.run();
