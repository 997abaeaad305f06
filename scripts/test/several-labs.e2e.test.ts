// Three labs on one host, made by three lab:up at the same moment: by a lab.yaml of lab:init, by one that was made from a
// Vagrantfile, and in Docker.
// Runs alone: three labs at a time are load enough.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { makeImage, namedArchive, writeTar } from "@k3s-lab/images";
import { diffSnapshots, type EmulatedHost, emulateHost, rootOnly, startDocker } from "@k3s-lab/testbed";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { parse } from "yaml";
import { driveLab, type DrivenLab, readyNodes, root, upChangesNothing } from "./drive-lab.js";

const test = suite("several labs");
const realTest = rootOnly("several labs", test);

/** The seed's, with the bridge of this host, another server and one agent. */
const vagrantfile = readFileSync(join(root, "examples/seed/original/Vagrantfile"), "utf8")
  .replace("'wlp5s0'", "'br0'")
  .replace("server_name = 'multi'", "server_name = 'main'")
  .replace(/^ *'agent2' =>.*\n/m, "");

interface Networks {
  readonly lan: { readonly subnet: string };
  readonly podCidr: string;
  readonly serviceCidr: string;
}

/** Pushes an image of its own to a lab, and returns what the lab's registry then holds besides the check image. */
async function pushed(lab: DrivenLab, name: string): Promise<readonly string[]> {
  const layer = writeTar([{ name: "content", content: Buffer.from(name) }]);
  const architecture = process.arch === "x64" ? "amd64" : process.arch;
  const file = join(lab.dir, "image.tar");
  writeFileSync(file, namedArchive([makeImage({ architecture, config: {}, layer })], `${name}:1`));
  await lab.npmOk("push", [file]);
  const { stdout } = await lab.npm("lab:status", ["--json"]);
  const { registry } = JSON.parse(stdout) as { registry: { repositories: readonly { name: string }[] } };
  return registry.repositories.map((each) => each.name).filter((each) => each !== "k3s-lab/check");
}

realTest("labs that are made at the same moment share nothing, and each goes without the others", async () => {
  const dir = mkdtempSync("/var/tmp/k3s-lab-several-");
  try {
    await using world = await emulateHost({ lan: "seed", bridge: true });
    await using docker = await startDocker(world.host, { dir: join(dir, "docker") });
    const kubeconfig = join(dir, "kubeconfig");
    const env = { DOCKER_HOST: docker.endpoint, KUBECONFIG: kubeconfig };
    const host: Pick<EmulatedHost, "run"> = {
      run: (command, args, options) => world.host.run(command, args, { ...options, env: { ...env, ...options?.env } }),
    };
    await using plain = await driveLab(host);
    await using seed = await driveLab(host);
    await using inDocker = await driveLab(
      host,
      "machines: { provider: docker, docker: { ports: ['8080:80'] } }\nnodes: [{ name: solo, role: server }]\n",
    );
    writeFileSync(join(seed.dir, "Vagrantfile"), vagrantfile);
    for (const lab of [plain, seed]) rmSync(join(lab.dir, "lab.yaml"));
    await plain.npmOk("lab:init", ["--yes"]);
    await seed.npmOk("lab:init", ["--yes", "--from", join(seed.dir, "Vagrantfile")]);
    // Docker makes cgroups and tables of its own with its first container on a network.
    const warmUp =
      "head -c 1024 /dev/zero | docker import - empty; docker network create first; " +
      "docker run --rm --network first --publish 127.0.0.1:9:9 empty x; docker network rm first";
    await host.run("sh", ["-c", warmUp]);
    const before = await plain.snapshot();

    const labs = [plain, seed, inDocker] as const;
    const ups = await Promise.all(labs.map((lab) => lab.npm("lab:up")));
    for (const { exitCode, stdout, stderr } of ups) {
      assert.is(exitCode, 0, stderr);
      assert.match(stdout, "registry verified");
    }
    assert.equal(await Promise.all(labs.map(readyNodes)), [
      ["agent1", "agent2", "multi"],
      ["agent1", "main"],
      ["solo"],
    ]);
    await Promise.all(labs.map((lab) => upChangesNothing(lab)));

    await inDocker.kubectl("create", "service", "loadbalancer", "web", "--tcp=80:80");
    assert.match(await inDocker.npmOk("lab:status"), /default\/web at 10\.\d+\.\d+\.10:80, 127\.0\.0\.1:8080/);

    const networks = labs.flatMap((lab) => {
      const { lan, podCidr, serviceCidr } = lab.state<Networks>("host-network.json");
      return [lan.subnet, podCidr, serviceCidr];
    });
    assert.is(new Set(networks).size, networks.length, networks.join(" "));
    assert.ok(networks.includes("192.168.1.0/24"), "nodes of the Vagrantfile are on the host's LAN");
    for (const [name, lab] of [
      ["multi", plain],
      ["main", seed],
      ["solo", inDocker],
    ] as const) {
      const { machines } = lab.state<{ machines: readonly { name: string; address: string }[] }>("machines.json");
      const { stdout } = await host.run("getent", ["hosts", name]);
      assert.match(stdout, `${machines.find((machine) => machine.name === name)?.address} `);
      assert.equal(await pushed(lab, name), [name]);
      await lab.npmOk("kubeconfig", ["--merge"]);
    }
    const merged = parse(readFileSync(kubeconfig, "utf8")) as Record<string, readonly { readonly name: string }[]>;
    for (const kind of ["contexts", "clusters", "users"])
      assert.is(new Set(merged[kind]?.map(({ name }) => name)).size, 3, kind);

    await inDocker.npmOk("lab:down");
    for (const lab of [plain, seed]) await upChangesNothing(lab);
    // Again, in the places that are free again: beside labs that run.
    assert.match(await inDocker.npmOk("lab:up"), "registry verified");
    await Promise.all(labs.map((lab) => lab.npmOk("lab:down")));
    assert.is(diffSnapshots(before, await plain.snapshot()), "");
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
});

test.run();
