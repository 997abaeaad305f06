import { suite } from "uvu";
import * as assert from "uvu/assert";
import { containerArgs, execCommand, portsOf } from "../../../src/drivers/docker/commands.js";
import { isRefusal } from "../../../src/drivers/docker/driver.js";
import { notStarted } from "../../../src/drivers/docker/start.js";
import { stateOf, type Container } from "../../../src/drivers/docker/container.js";
import { networkNotMade } from "../../../src/steps/docker-steps.js";
import { CommandFailed } from "@k3s-lab/exec";
import { hardware, severalOf, valuesOf as valuesIn } from "./sample.js";

const test = suite("machines docker commands");

const machine = {
  name: "multi",
  role: "server",
  address: "10.76.0.10",
  prefixLength: 24,
  mac: "02:00:00:00:00:01",
  interface: "eth0",
} as const;
const mounts = [
  { from: "/home/ann/src", to: "/src", writable: false },
  { from: "/data", to: "/data", writable: true },
];
const args = (of: Partial<typeof machine> | { readonly role: "agent" } = {}) =>
  containerArgs({ labId: "0123ab", machine: { ...machine, ...of }, hardware, mounts });
const valuesOf = (flag: string, words = args()) => valuesIn(flag, words);

test("a container has its fixed address, and what it keeps is in volumes that are known as the lab's", () => {
  assert.equal(valuesOf("--ip"), ["10.76.0.10"]);
  assert.equal(valuesOf("--network"), ["k3s-lab-0123ab"]);
  assert.equal(valuesOf("--restart"), ["no"]);
  const volumes = valuesOf("--mount").filter((mount) => mount?.startsWith("type=volume"));
  assert.is(volumes.length, 3);
  for (const volume of volumes)
    assert.match(volume ?? "", /source=k3s-lab-0123ab-multi-\w+,.*volume-label=k3s-lab\.lab=0123ab$/);
});

test("only the server publishes ports, and only on addresses that were written", () => {
  assert.equal(valuesOf("--publish"), portsOf(hardware));
  assert.equal(portsOf(hardware), ["127.0.0.1:40001:6443", "127.0.0.1:40002:5000", "127.0.0.1:8080:80"]);
  assert.equal(valuesOf("--publish", args({ role: "agent" })), []);
});

test("several servers publish nothing, and have one volume for their registry's images", () => {
  const several = (role: "server" | "agent") =>
    containerArgs({ labId: "0123ab", machine: { ...machine, role }, hardware: severalOf(hardware), mounts });
  const isShared = (mount = "") =>
    mount.startsWith("type=volume,source=k3s-lab-0123ab.registry,target=/var/lib/k3s-lab/");
  assert.equal(valuesOf("--publish", several("server")), []);
  assert.is(valuesOf("--mount", several("server")).filter(isShared).length, 1);
  assert.is(valuesOf("--mount", several("agent")).filter(isShared).length, 0);
  assert.equal(several("agent"), args({ role: "agent" }), "agents are not made again when servers become several");
});

test("a folder of the host can be changed only where lab.yaml says so", () => {
  const binds = valuesOf("--mount").filter((mount) => mount?.startsWith("type=bind"));
  assert.equal(binds, [
    "type=bind,source=/home/ann/.cache/k3s-lab,target=/var/cache/k3s-lab,readonly",
    "type=bind,source=/home/ann/src,target=/src,readonly",
    "type=bind,source=/data,target=/data",
  ]);
});

test("a folder of any name is one field for Docker, which reads comma-separated values", () => {
  const odd = ["/home/jörg müller/a,b", '/srv/say "hi"', "/data"].map((from) => ({ from, to: "/src", writable: true }));
  const words = containerArgs({ labId: "0123ab", machine, hardware, mounts: odd });
  assert.equal(valuesOf("--mount", words).slice(-3), [
    'type=bind,"source=/home/jörg müller/a,b",target=/src',
    'type=bind,"source=/srv/say ""hi""",target=/src',
    "type=bind,source=/data,target=/src",
  ]);
});

test("a network that has the lab's addresses is to be found, whatever else it is", () => {
  const said = (stderr: string) =>
    networkNotMade("k3s-lab-0123ab", "10.76.0.0/24", new CommandFailed("docker", "failed", stderr, 1));
  assert.match(
    said("Error response from daemon: Pool overlaps with other one on this address space").message,
    /^Docker's network k3s-lab-0123ab: could not be made for 10\.76\.0\.0\/24: Pool overlaps.*docker network inspect/,
  );
  assert.match(said("Error response from daemon: no bridge").message, /no bridge\. Fix what Docker names/);
});

test("a secret reaches a program in a container by its name alone", () => {
  const command = execCommand("0123ab", "multi", ["printenv", "TOKEN"], { keep: ["TOKEN"], cwd: "/srv" });
  assert.ok(command.includes("TOKEN"));
  assert.not.ok(command.some((word) => word.startsWith("TOKEN=")));
  assert.ok(command.includes("--chdir=/srv"));
});

test("Docker's refusal is told from what a program says", () => {
  assert.ok(isRefusal(1, "Error response from daemon: No such container: k3s-lab-0123ab-multi"));
  assert.ok(isRefusal(1, "Error: No such container: k3s-lab-0123ab-multi"));
  assert.ok(isRefusal(1, "Error response from daemon: Container 5f1c is not running"));
  assert.not.ok(isRefusal(1, "Error: something of the program's own"));
  assert.not.ok(isRefusal(2, "Error: No such container: x"));
});

test("a port that another program has is named", () => {
  const failed = (stderr: string) => notStarted("multi", new CommandFailed("docker", "failed", stderr, 1));
  // Docker 20.10, 28, and its proxy.
  for (const said of [
    "Error response from daemon: driver failed programming external connectivity on endpoint k (5f): Bind for 127.0.0.1:40001 failed: port is already allocated",
    "Error response from daemon: driver failed programming external connectivity on endpoint k (5f): Error starting userland proxy: listen tcp4 127.0.0.1:40001: bind: address already in use",
    "Error response from daemon: failed to set up container networking: failed to bind host port for 127.0.0.1:40001:10.76.0.10:6443/tcp: address already in use",
  ]) {
    assert.match(failed(said).message, /^multi: the port 127\.0\.0\.1:40001 of this host is taken/);
  }
  assert.match(
    failed("Error response from daemon: Address already in use").message,
    /another container .* has its address/,
  );
  assert.match(failed("Error response from daemon: no space left on device").message, /did not start: no space left/);
});

test("a container that Docker could not remove is absent, and one that never ran or is paused stands still", () => {
  const seen = (Status: string) => stateOf({ State: { Status } } as Container);
  assert.equal(["created", "running", "exited", "dead", "paused"].map(seen), [
    "stopped",
    "running",
    "stopped",
    "absent",
    "stopped",
  ]);
  assert.is(stateOf(undefined), "absent");
});

test.run();
