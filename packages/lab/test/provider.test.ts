import { parseConfig } from "../src/parse-config.js";
import { machineProvider, needsRoot, refuseProvider, settleProvider } from "../src/provider.js";
import { suite } from "uvu";
import * as assert from "uvu/assert";

const test = suite("lab provider");

const labWith = (machines: string, mode = "bridged") => ({
  file: "lab.yaml",
  config: parseConfig(`machines: ${machines}\nnetwork: { mode: ${mode} }`),
});
const libvirt = "{ provider: vagrant, vagrant: { provider: libvirt } }";

test("auto is containers on Linux, and VirtualBox elsewhere", () => {
  const { config } = labWith("{}");
  assert.is(machineProvider(config, "linux"), "lxc");
  assert.is(machineProvider(config, "darwin"), "virtualbox");
  assert.is(machineProvider(config, "win32"), "virtualbox");
  assert.is(machineProvider(labWith("{ provider: vagrant }").config, "linux"), "virtualbox");
  assert.is(machineProvider(labWith(libvirt).config, "linux"), "libvirt");
});

test("limits of containers are refused where auto comes to virtual machines", () => {
  const nodes = "nodes: [{ name: a, role: server, memory: 2048 }]\nnetwork: { mode: bridged }";
  const lab = { file: "lab.yaml", config: parseConfig(nodes) };
  assert.not.throws(() => refuseProvider(lab, "linux"));
  assert.throws(() => refuseProvider(lab, "darwin"), /nodes: a has memory or cpus.*machines\.vagrant\.memory/);
});

test("auto is settled by who calls and by what answers, and a lab that is made keeps its own", async () => {
  const { config } = labWith("{}", "private");
  const settle = async (made: string | undefined, choice: Parameters<typeof settleProvider>[2]) =>
    (await settleProvider(config, made === undefined ? undefined : labWith(made, "private").config, choice)).config
      .machines.provider;
  const [yes, no] = [async () => true, async () => false];
  assert.is(await settle(undefined, { platform: "linux", isRoot: true, hasDocker: yes }), "lxc");
  assert.is(await settle(undefined, { platform: "linux", isRoot: false, hasDocker: yes }), "docker");
  assert.is(await settle(undefined, { platform: "linux", isRoot: false, hasDocker: no }), "auto");
  assert.is(await settle(undefined, { platform: "darwin", isRoot: false, hasDocker: yes }), "docker");
  assert.is(await settle(undefined, { platform: "darwin", isRoot: false, hasDocker: no }), "auto");
  for (const made of ["lxc", "docker"]) {
    const choice = { platform: "linux", isRoot: made !== "lxc", hasDocker: no } as const;
    assert.is(await settle(`{ provider: ${made} }`, choice), made);
  }
  assert.is(
    await settle("{}", { platform: "linux", isRoot: false, hasDocker: yes }),
    "auto",
    "as an earlier release left it",
  );
  const choice = { platform: "linux", isRoot: false, hasDocker: yes } as const;
  assert.is(
    (await settleProvider(labWith("{}").config, undefined, choice)).config.machines.provider,
    "auto",
    "bridged",
  );
  const written = labWith("{ provider: vagrant }").config;
  assert.is((await settleProvider(written, undefined, { isRoot: true, hasDocker: yes })).config, written);
});

test("why Docker was taken is said once", async () => {
  const { config } = labWith("{}", "private");
  const choice = { platform: "linux", isRoot: false, hasDocker: async () => true } as const;
  const { config: made, note } = await settleProvider(config, undefined, choice);
  assert.match(note ?? "", /containers of Docker, since this user is not root/);
  assert.is((await settleProvider(config, made, choice)).note, undefined);
});

test("Docker needs root only where it shares the host's kernel, and has no LAN of the host's", () => {
  const { config } = labWith("{ provider: docker }", "private");
  assert.ok(needsRoot(config, "linux"));
  assert.not.ok(needsRoot(config, "darwin"));
  const bridged = { ...config, network: { ...config.network, mode: "bridged" as const } };
  assert.throws(
    () => refuseProvider({ file: "lab.yaml", config: bridged }, "linux"),
    /bridged cannot be had with Docker/,
  );
  assert.throws(() => labWith("{ provider: docker }"), /network\.mode: cannot be bridged with provider: docker/);
  refuseProvider({ file: "lab.yaml", config }, "darwin");
});

test("root is needed for containers and for a LAN of the lab's own", () => {
  assert.ok(needsRoot(labWith("{}").config, "linux"));
  assert.ok(needsRoot(labWith(libvirt, "private").config, "linux"));
  assert.not.ok(needsRoot(labWith(libvirt).config, "linux"));
  assert.not.ok(needsRoot(labWith("{}").config, "darwin"));
});

test("what a host cannot do is refused before it is looked at", () => {
  assert.throws(
    () => refuseProvider(labWith("{ provider: lxc }"), "darwin"),
    /lxc needs Linux, and this host is darwin/,
  );
  assert.throws(() => refuseProvider(labWith(libvirt), "win32"), /libvirt needs Linux, and this host is win32/);
  assert.throws(
    () => refuseProvider(labWith("{}", "private"), "darwin"),
    /^lab\.yaml: network\.mode: expected bridged with VirtualBox.* Write mode: bridged\. \[LAB-CFG-007\]$/,
  );
  for (const lab of [labWith("{}"), labWith("{}", "private"), labWith(libvirt, "private")])
    refuseProvider(lab, "linux");
});

test.run();
