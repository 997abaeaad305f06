// Makes real containers of Docker: this very file runs again inside an emulated host with a daemon of its own.
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { CommandFailed, run } from "@k3s-lab/exec";
import { parseCidr } from "@k3s-lab/ip";
import { type Lab, openLab } from "@k3s-lab/lab";
import { carryOut, Facts, sentencesOf } from "@k3s-lab/steps";
import {
  diffSnapshots,
  emulateHost,
  eventually,
  isRoot,
  rootOnly,
  type Snapshot,
  snapshotHost,
  startDocker,
} from "@k3s-lab/testbed";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import {
  disksOf,
  imageStep,
  type Machines,
  NotRunning,
  nodeImage,
  openDriver,
  machinesRecord,
  machinesSteps,
  removeMachines,
  sharedDisk,
} from "../src/index.js";
import { passInside, stageProgram } from "./tools.js";

const inside = process.env.K3S_LAB_TEST_INSIDE === "1";
const test = suite("machines of docker (root)");
const realTest = rootOnly("machines of docker (root)", test);
const dir = process.env.K3S_LAB_TEST_DIR ?? "";

async function runInside(): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), "k3s-lab-docker-"));
  try {
    // The root file system that the image is made from.
    await run(process.execPath, stageProgram("machines", "fetch"), { env: { INIT_CWD: folder }, timeout: 20 * 60_000 });
    await using world = await emulateHost();
    await using docker = await startDocker(world.host, {
      dir: join("/var/tmp", folder.split("/").at(-1) ?? ""),
      // What people set for all their containers.
      settings: { init: true, "no-new-privileges": true, "userland-proxy": false },
    });
    const config = join(folder, "docker");
    mkdirSync(config);
    const proxy = "http://ann:password@127.0.0.1:9";
    writeFileSync(
      join(config, "config.json"),
      JSON.stringify({ proxies: { default: { httpProxy: proxy, httpsProxy: proxy } } }),
    );
    await passInside(world.host, import.meta.filename, {
      K3S_LAB_TEST_INSIDE: "1",
      K3S_LAB_TEST_DIR: folder,
      INIT_CWD: folder,
      DOCKER_HOST: docker.endpoint,
      DOCKER_CONFIG: config,
    });
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function tellTheStory(): void {
  const machine = (name: string, role: "server" | "agent", last: number) => ({
    name,
    role,
    address: `10.76.0.${last}`,
    prefixLength: 24,
    mac: `02:00:00:00:00:${last}`,
    interface: "eth0",
  });
  let lab: Lab;
  let wanted: Machines;
  let before: Snapshot;
  const steps = () => machinesSteps(lab, wanted);
  const make = async () => {
    lab.state.write(machinesRecord, wanted);
    const said: string[] = [];
    await carryOut(steps(), {
      stage: "machines",
      report: (event) => void (event.event === "action-started" && said.push(event.action)),
    });
    return said;
  };
  const driver = () => openDriver(lab);
  const say = async (name: string, command: string) =>
    (await driver().exec(name, ["sh", "-c", command], { answers: "any" })).stdout;
  const connected = async (name: string) => {
    const text = await say(name, "ip -4 -brief address show eth0; ip -4 route show default; cat /etc/resolv.conf");
    return text.split("\n").map((line) =>
      line
        .replace(/@if\d+/, "")
        .replaceAll(/ +/g, " ")
        .trim(),
    );
  };
  const right = (last: number) => [
    `eth0 UP 10.76.0.${last}/24`,
    "default via 10.76.0.1 dev eth0",
    "nameserver 192.168.77.1",
  ];

  test.before(async () => {
    writeFileSync(join(dir, "lab.yaml"), "machines: { provider: docker }\n");
    lab = await openLab(join(dir, "lab.yaml"));
    mkdirSync(join(dir, "src"));
    mkdirSync(join(dir, "cache"));
    wanted = {
      driver: "docker",
      machines: [machine("multi", "server", 10), machine("agent1", "agent", 11)],
      lan: { kind: "private", bridge: `k3slab-${lab.id}`, subnet: parseCidr("10.76.0.0/24") },
      gateway: "10.76.0.1",
      resolvers: ["192.168.77.1"],
      mounts: [{ from: join(dir, "src"), to: "/src", writable: false }],
      docker: {
        image: nodeImage(),
        apiPort: 16443,
        registryPort: 15000,
        registryNodePort: 5000,
        ports: [],
        cache: join(dir, "cache"),
      },
    };
    await carryOut([imageStep("none", "never")], {
      stage: "machines",
      report: () => {},
      facts: new Facts(new AbortController().signal),
    });
    // Docker makes cgroups of its own with its first container.
    await run("docker", ["run", "--rm", "--network", "none", nodeImage(), "true"]);
    before = await snapshotHost({ only: { files: new RegExp(lab.id), sysctls: /^(?!fs\/inotify)/ } });
  });

  test("machines come up with the lab's address, route and resolver, and need nothing more", async () => {
    const plan = await sentencesOf(steps());
    assert.equal((await make()).toSorted(), plan.toSorted());
    assert.equal(await connected("multi"), right(10));
    assert.equal(await connected("agent1"), right(11));
    assert.match(await say("agent1", "ping -c 1 -W 2 multi"), " 0% packet loss");
    assert.is(await say("multi", "hostname"), "multi");
    assert.is(await say("multi", "systemctl --failed --no-legend --plain"), "");
    assert.equal(await make(), []);
  });

  test("what is set for all containers is not set for machines", async () => {
    assert.is(await say("multi", "cat /proc/1/comm"), "systemd");
    assert.match(await say("multi", "cat /proc/1/status"), /^NoNewPrivs:\t0$/m);
    assert.is(await say("multi", "env | grep -ci proxy"), "0");
    const { stdout } = await run("docker", ["inspect", `k3s-lab-${lab.id}-multi`, `k3s-lab-${lab.id}-agent1`]);
    assert.not.match(stdout, "password");
  });

  test("a machine that ends right after its start is told so, with what shows why", async () => {
    await run("docker", [
      "create",
      "--network",
      "none",
      "--name",
      `k3s-lab-${lab.id}-ends`,
      nodeImage(),
      "sh",
      "-c",
      "exit 7",
    ]);
    try {
      await driver().start("ends");
      assert.unreachable();
    } catch (error) {
      const { message } = error as Error;
      assert.match(message, /^ends: ended with exit code 7 right after its start\. `docker start --attach k3s-lab-/);
    } finally {
      await run("docker", ["rm", "--force", `k3s-lab-${lab.id}-ends`]);
    }
  });

  test("what a kubelet sets for the whole host stays inside", async () => {
    const panic = (await run("cat", ["/proc/sys/kernel/panic"])).stdout;
    await say("multi", "echo 42 > /proc/sys/kernel/panic");
    assert.is((await run("cat", ["/proc/sys/kernel/panic"])).stdout, panic);
    assert.is(await say("agent1", "cat /proc/sys/vm/overcommit_memory"), "1");
  });

  test("a program's input, output, folder and exit code are its own", async () => {
    const said = await driver().exec("agent1", ["sh", "-c", "cat; pwd; echo no >&2"], { input: "in\n", cwd: "/srv" });
    assert.equal([said.stdout, said.stderr], ["in\n/srv", "no"]);
    for (const code of [1, 2, 42, 127, 255]) {
      const { exitCode } = await driver().exec("agent1", ["sh", "-c", `exit ${code}`], { answers: "any" });
      assert.is(exitCode, code);
    }
    assert.is((await driver().exec("agent1", ["sh", "-c", 'echo "$TOKEN"'], { env: { TOKEN: "t" } })).stdout, "t");
    assert.is(await say("agent1", "env | grep -c -e K3S_LAB_TEST -e ^container="), "0");
  });

  test("what takes too long is ended inside the machine, too", async () => {
    try {
      await driver().exec("agent1", ["sleep", "4711"], { timeout: 1000 });
      assert.unreachable();
    } catch (error) {
      assert.ok(error instanceof CommandFailed, String(error));
    }
    await eventually("it has ended", async () => (await say("agent1", "ps -eo args | grep '[s]leep 4711'")) === "", {
      within: 5000,
      every: 100,
    });
  });

  test("files are written at once, with their mode, and a folder of the host is read-only", async () => {
    await driver().write("agent1", "/etc/rancher/k3s/config.yaml", "secret\n", { mode: 0o600 });
    assert.is(
      await say("agent1", "stat -c '%a %u' /etc/rancher/k3s/config.yaml; cat /etc/rancher/k3s/config.yaml"),
      "600 0\nsecret",
    );
    writeFileSync(join(dir, "src/large"), Buffer.alloc(20_000_000, 7));
    await driver().copyIn("agent1", join(dir, "src/large"), "/usr/local/bin/large", { mode: 0o755 });
    assert.is(await say("agent1", "cmp /src/large /usr/local/bin/large && stat -c %a /usr/local/bin/large"), "755");
    assert.match(await say("agent1", "touch /src/x 2>&1"), "Read-only");
  });

  test("what is in the host's cache is copied as root's, all at once, and never over what is there", async () => {
    mkdirSync(join(dir, "cache/build"));
    writeFileSync(join(dir, "cache/build/k3s"), "k3s");
    chmodSync(join(dir, "cache/build/k3s"), 0o755);
    const link = () => driver().linkIn?.("agent1", join(dir, "cache/build"), "/var/lib/rancher/k3s/data/abc");
    assert.is(await link(), true);
    assert.is(
      await say("agent1", "stat -c '%a %u' /var/lib/rancher/k3s/data/abc/k3s; ls /var/lib/rancher/k3s/data"),
      "755 0\nabc",
    );
    assert.is(await link(), false);
    assert.is(await driver().linkIn?.("agent1", "/etc/passwd", "/var/lib/rancher/x"), false, "only the cache's");
  });

  test("what differs in a running machine is repaired without a restart", async () => {
    const since = await say("agent1", "cut -d' ' -f22 /proc/1/stat");
    await say("agent1", "ip route replace default via 10.76.0.99; echo nameserver 127.0.0.11 >/etc/resolv.conf");
    assert.equal((await make()).length, 1);
    assert.equal(await connected("agent1"), right(11));
    assert.is(await say("agent1", "cut -d' ' -f22 /proc/1/stat"), since);
  });

  test("a machine that stands still, or is gone, is told so, and comes back with its volumes", async () => {
    await driver().write("agent1", "/var/lib/rancher/mine", "kept", { mode: 0o644 });
    await run("docker", ["stop", `k3s-lab-${lab.id}-agent1`]);
    const refused = async () => {
      try {
        await driver().exec("agent1", ["true"]);
        return undefined;
      } catch (error) {
        return error instanceof NotRunning ? error.state : error;
      }
    };
    assert.is(await refused(), "stopped");
    assert.equal(await make(), ["agent1: start"]);
    assert.equal(await connected("agent1"), right(11));
    await run("docker", ["rm", "--force", `k3s-lab-${lab.id}-agent1`]);
    assert.is(await refused(), "absent");
    assert.is((await make()).length, 2);
    assert.is(await say("agent1", "cat /var/lib/rancher/mine"), "kept");
  });

  test("a change of what a container is made of makes it again, and no other", async () => {
    const since = await say("agent1", "cut -d' ' -f22 /proc/1/stat");
    await say("multi", "echo own >/usr/local/own; ln -s /usr/local/own /etc/own; chown 4711 /usr/local/own");
    wanted = {
      ...wanted,
      docker: { ...(wanted.docker as NonNullable<Machines["docker"]>), ports: ["127.0.0.1:18080:80"] },
    };
    assert.equal(await make(), ["multi: stop it and change its ports, mounts or network", "multi: start"]);
    assert.is(await say("agent1", "cut -d' ' -f22 /proc/1/stat"), since);
    assert.match((await run("docker", ["port", `k3s-lab-${lab.id}-multi`])).stdout, "80/tcp -> 127.0.0.1:18080");
    assert.is(await say("multi", "stat -c %u /usr/local/own; cat /etc/own"), "4711\nown", "its own disk is kept");
  });

  test("what several servers share is archived beside the machines' volumes, and put back", async () => {
    const folder = join(dir, "snapshot");
    mkdirSync(folder);
    const volume = `k3s-lab-${lab.id}.registry`;
    const inVolume = async (script: string) =>
      (
        await run("docker", [
          "run",
          "--rm",
          "--network",
          "none",
          "--volume",
          `${volume}:/store`,
          nodeImage(),
          "sh",
          "-c",
          script,
        ])
      ).stdout;
    await run("docker", ["volume", "create", "--label", `k3s-lab.lab=${lab.id}`, volume]);
    await inVolume("mkdir /store/docker && echo pushed >/store/docker/blob && chown 1000 /store/docker/blob");
    const disks = disksOf(lab);
    const { signal } = new AbortController();
    {
      await using open = await disks.open([sharedDisk, "agent1"], folder);
      assert.not.ok((await disks.names()).includes(sharedDisk), "it is no machine");
      for (const level of [0, 1]) await open.archive(sharedDisk, level, "running", { without: [], signal });
      await inVolume("echo late >/store/docker/late");
      await open.archive(sharedDisk, 2, "frozen", { without: [], signal });
      await open.pack(signal);
    }
    await run("docker", ["volume", "rm", volume]);
    {
      await using open = await disks.open([sharedDisk], folder);
      await open.extract(sharedDisk, signal);
    }
    await disks.swap(sharedDisk);
    const look = "cd /store; find . -type f | sort; cat docker/blob; stat -c %u docker/blob";
    assert.is(await inVolume(look), "./docker/blob\n./docker/late\npushed\n1000");
  });

  test("what was extracted is changed before it takes the place of a machine's volumes, and nothing else of it stays", async () => {
    const folder = join(dir, "changed");
    mkdirSync(folder);
    await say(
      "agent1",
      "cd /var/lib/rancher; mkdir -p log/old; echo a >log/one; chmod 600 log/one; echo own >/usr/local/own",
    );
    const disks = disksOf(lab);
    const { signal } = new AbortController();
    {
      await using open = await disks.open(["agent1"], folder);
      for (const level of [0, 1]) await open.archive("agent1", level, "running", { without: [], signal });
      await open.archive("agent1", 2, "frozen", { without: [], signal });
      await open.pack(signal);
      await open.extract("agent1", signal);
      const disk = open.extracted("agent1");
      const copy = join(folder, "copy");
      await disk.copyOut("/var/lib/rancher/missing", copy);
      assert.not.ok(existsSync(copy));
      await disk.copyOut("/var/lib/rancher/log", copy);
      assert.equal(readdirSync(copy), ["old", "one"]);
      assert.is(readFileSync(join(copy, "one"), "utf8"), "a\n");
      writeFileSync(join(copy, "one"), "b\n");
      for (const name of ["one", "two"]) await disk.copyIn(join(copy, "one"), `/var/lib/rancher/log/${name}`);
      await disk.remove("/var/lib/rancher/log/old");
      await disk.remove("/usr/local/own");
      await disk.sync();
    }
    assert.is(
      await say("agent1", "cat /var/lib/rancher/log/one /usr/local/own"),
      "a\nown",
      "until now nothing has changed",
    );
    await disks.unmake?.("agent1");
    await disks.swap("agent1");
    assert.is((await make()).length, 2);
    const look = "cd /var/lib/rancher/log; ls; cat one two; stat -c '%a %u' *; ls /usr/local/own 2>&1";
    assert.match(await say("agent1", look), /^one\ntwo\nb\nb\n600 0\n600 0\n.*No such file/);
  });

  test("a volume that another container was given is told of, with its name, and is removed once that is gone", async () => {
    const volume = `k3s-lab-${lab.id}-agent1-rancher`;
    await run("docker", ["create", "--name", "look", "--volume", `${volume}:/look`, nodeImage(), "true"]);
    const remove = () => carryOut(removeMachines(lab), { stage: "machines", report: () => {} });
    await remove().then(
      () => assert.unreachable(),
      ({ message }) => assert.match(message, `${volume}: is used by the container look, which is not the lab's`),
    );
    await run("docker", ["rm", "look"]);
  });

  test("removal leaves nothing, from the lab's id alone", async () => {
    await carryOut(removeMachines(lab), { stage: "machines", report: () => {} });
    for (const kind of ["container", "volume", "network"]) {
      const all = kind === "container" ? ["--all"] : [];
      const { stdout } = await run("docker", [
        kind,
        "ls",
        ...all,
        "--filter",
        `label=k3s-lab.lab=${lab.id}`,
        "--quiet",
      ]);
      assert.is(stdout, "", kind);
    }
    const after = await snapshotHost({ only: { files: new RegExp(lab.id), sysctls: /^(?!fs\/inotify)/ } });
    assert.is(diffSnapshots(before, after), "");
  });
}

if (inside) tellTheStory();
else {
  realTest("containers of Docker are machines, inside an emulated host", async () => {
    if (isRoot) await runInside();
  });
}

test.run();
