// A lab for a user who has Node and may use Docker's socket, and is root nowhere: on an emulated host with Docker's own daemon.
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { run, type RunOptions, type RunResult } from "@k3s-lab/exec";
import { makeImage, writeLayout, writeTar } from "@k3s-lab/images";
import { labDigest } from "@k3s-lab/lab";
import {
  type Docker,
  diffSnapshots,
  emulateHost,
  isRoot,
  rootOnly,
  type Snapshot,
  snapshotHost,
  startDocker,
  type World,
} from "@k3s-lab/testbed";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { amiss, readMap } from "./draw-map.js";
import { eventually, modulesBuild, readyNodes, root } from "./drive-lab.js";

const test = suite("a lab without root");
const realTest = rootOnly("a lab without root", test);

const uid = 4242;
const longest = 10 * 60_000;
/** What a user who has only Docker has not. */
const absent = ["skopeo", "lxc-start", "lxc-attach", "mmdebstrap", "go", "crictl", "podman"];
const planted = "a-secret-of-the-shell";
const three = ["agent1", "agent2", "multi"];

/** The user's computer: what they may see of it, and how they call k3s-lab. */
interface Home extends AsyncDisposable {
  readonly dir: string;
  readonly lab: string;
  readonly docker: Docker;
  /** Runs a script of the project's as the user. */
  k3sLab(script: string, args?: readonly string[], options?: RunOptions): Promise<RunResult>;
  ok(script: string, ...args: readonly string[]): Promise<string>;
  configure(yaml: string): void;
  kubectlJson<Value>(...args: readonly string[]): Promise<Value>;
  /** Runs Docker's own command as root. */
  dockerSays(...args: readonly string[]): Promise<string>;
  readonly id: string;
}

let world: World;
let home: Home;
let before: Snapshot;

async function makeHome(of: World): Promise<Home> {
  const { folder } = await modulesBuild();
  const dir = mkdtempSync("/var/tmp/k3s-lab-without-root-");
  chmodSync(dir, 0o755);
  const at = (name: string) => join(dir, name);
  for (const name of ["repository", "bin", "k3s", "home"]) mkdirSync(at(name));
  chownSync(at("home"), uid, uid);
  const lab = at("home/lab");
  mkdirSync(lab);
  chownSync(lab, uid, uid);
  await run("cp", ["-r", "--reflink=auto", `${folder}/.`, at("k3s")]);
  writeFileSync(at("bin/node"), "");
  // The user can enter neither root's folder, which the project may be in, nor Node's.
  await of.host.run("sh", [
    "-ec",
    'mount --bind "$1" "$0/repository"; mount --bind "$2" "$0/bin/node"',
    dir,
    root,
    process.execPath,
  ]);
  await hide(of, absent);
  const docker = await startDocker(of.host, { dir: at("docker"), group: String(uid) });
  const yaml = (more: string) => `cluster: { source: directory, directory: ${at("k3s")} }\n${more}`;
  const configure = (more: string) => writeFileSync(join(lab, "lab.yaml"), yaml(more));
  configure("");
  const env = {
    HOME: at("home"),
    USER: "dev",
    PATH: `${at("bin")}:/usr/local/bin:/usr/bin:/bin`,
    DOCKER_HOST: docker.endpoint,
    DOCKER_CONFIG: undefined,
    SHELL_SECRET: planted,
    K3S_LAB_CACHE: undefined,
    XDG_CACHE_HOME: undefined,
    INIT_CWD: lab,
    SUDO_UID: undefined,
    SUDO_GID: undefined,
    SUDO_USER: undefined,
  };
  const user = ["--reuid", String(uid), "--regid", String(uid), "--clear-groups"];
  const k3sLab: Home["k3sLab"] = (script, args = [], options = {}) => {
    const program = at(`repository/scripts/dist/${script}.js`);
    return of.host.run("setpriv", [...user, at("bin/node"), program, ...args], {
      cwd: at("repository"),
      timeout: longest,
      answers: "any",
      ...options,
      env: { ...env, ...options.env },
    });
  };
  const ok: Home["ok"] = async (script, ...args) => {
    const { exitCode, stdout, stderr } = await k3sLab(script, args);
    if (exitCode === 0) return stdout;
    throw new Error(`${script} ended with exit code ${exitCode}:\n${stderr}\n${stdout}`);
  };
  return {
    dir,
    lab,
    docker,
    id: labDigest(join(lab, ".lab")),
    k3sLab,
    ok,
    kubectlJson: async (...args) => JSON.parse(await ok("kubectl", ...args, "--output=json")),
    configure,
    dockerSays: async (...args) =>
      (await of.host.run("docker", args, { env: { DOCKER_HOST: docker.endpoint } })).stdout,
    async [Symbol.asyncDispose]() {
      await k3sLab("down");
      await docker[Symbol.asyncDispose]();
      await of.host.run("umount", ["-l", at("repository"), at("bin/node")]);
      await run("rm", ["-rf", "--one-file-system", "--", dir]);
    },
  };
}

/** Takes programs away from an emulated host: what lies in their places cannot be run. `umount -l` brings them back. */
async function hide({ host }: World, programs: readonly string[], how = "mount --bind /dev/null"): Promise<void> {
  const script = `for name; do
  for dir in /usr/local/bin /usr/bin /usr/sbin /usr/local/go/bin; do [ ! -e "$dir/$name" ] || readlink -f "$dir/$name"; done
done | sort -u | xargs -r -n 1 ${how}`;
  await host.run("sh", ["-ec", script, "sh", ...programs]);
}

const snapshot = () => snapshotHost({ run: world.host.run, only: { files: /^(?!\/var\/lib\/k3s-lab)/ } });

test.before(async () => {
  if (!isRoot) return;
  // Caches are filled on the real host, where package registries can be reached.
  await run("npm", ["run", "-s", "lab:fetch"], { cwd: root, timeout: 40 * 60_000, env: { INIT_CWD: "/var/empty" } });
  world = await emulateHost();
  home = await makeHome(world);
  // Docker makes cgroups of its own with its first container, which a plan needs to read the firewall.
  assert.match((await home.k3sLab("plan")).stdout, "make a machine with address");
  before = await snapshot();
});

test.after(async () => {
  await home?.[Symbol.asyncDispose]();
  await world?.[Symbol.asyncDispose]();
});

realTest("a user who may not use the socket is told what to do, and nothing is touched", async () => {
  const folder = dirname(home.docker.endpoint.replace("unix://", ""));
  chmodSync(folder, 0o700);
  home.configure("machines: { provider: docker }\n");
  const { exitCode, stderr } = await home.k3sLab("up");
  chmodSync(folder, 0o755);
  home.configure("");
  assert.is(exitCode, 3);
  assert.match(stderr, /socket at unix:.*usermod -aG docker.*LAB-DKR-003|no Docker daemon answers.*LAB-DKR-004/s);
  assert.not.ok(existsSync(join(home.lab, ".lab/machines.json")));
  assert.is(diffSnapshots(before, await snapshot()), "");
});

realTest("a host without ip and nft has them in the nodes' image", async () => {
  await hide(world, ["ip", "nft"]);
  const { exitCode, stdout, stderr } = await home.k3sLab("plan");
  await hide(world, ["ip", "nft"], "umount -l");
  assert.is(exitCode, 0, stderr);
  assert.match(stdout, "guard: let what comes from");
  assert.not.match(stdout, "make the image");
});

realTest("lab:up makes the lab, and no secret is seen in arguments, in Docker or in its images", async () => {
  const seen: string[] = [];
  const watching = new AbortController();
  const look =
    'cat /proc/[0-9]*/cmdline 2>/dev/null | tr "\\0" " "; for id in $(docker ps -aq); do docker inspect "$id"; done; docker events --since 1m --until 0s';
  const watch = async () => {
    while (!watching.signal.aborted) {
      const { stdout } = await world.host.run("sh", ["-c", look], {
        answers: "any",
        env: { DOCKER_HOST: home.docker.endpoint },
      });
      seen.push(stdout);
      await new Promise((resolve) => setTimeout(resolve, 300));
    }
  };
  const watched = watch();
  const stdout = await home.ok("up").finally(() => watching.abort());
  await watched;
  assert.match(stdout, "The lab is up: 3 nodes Ready, registry verified");
  assert.equal(await readyNodes(home), three);
  const secrets = Object.values(JSON.parse(readFileSync(join(home.lab, ".lab/secrets.json"), "utf8")) as object).filter(
    (value): value is string => typeof value === "string",
  );
  assert.ok(secrets.length >= 2 && seen.length > 5);
  const history = await home.dockerSays(
    "history",
    "--no-trunc",
    ...(await home.dockerSays("images", "-q", "k3s-lab/node")).split("\n").slice(0, 1),
  );
  const logs = readdirSync(join(home.lab, ".lab/logs")).map((name) =>
    readFileSync(join(home.lab, ".lab/logs", name), "utf8"),
  );
  for (const secret of [...secrets, planted]) {
    for (const text of [...seen, history, ...logs]) assert.not.ok(text.includes(secret));
  }
});

realTest("all that the lab left in the user's folders is the user's, and only theirs where it is secret", async () => {
  const files = readdirSync(join(home.dir, "home"), { recursive: true, withFileTypes: true });
  for (const { parentPath, name } of files.filter((file) => file.name !== "lab.yaml"))
    assert.is(statSync(join(parentPath, name)).uid, uid, join(parentPath, name));
  for (const file of ["kubeconfig", "secrets.json"])
    assert.is(statSync(join(home.lab, ".lab", file)).mode & 0o777, 0o600);
});

realTest("nothing is left to do: lab:up says so, lab:plan is empty, and the host is guarded", async () => {
  assert.match(await home.ok("up"), "nothing had to be done");
  assert.match(await home.ok("plan"), "Nothing to do");
  const { stdout } = await world.host.run("nft", ["list", "tables"]);
  assert.match(stdout, `table inet k3s_lab_${home.id}_guard`);
  const status = await home.ok("status");
  assert.match(status, /multi +server .*running .*Ready +guarded by nftables/);
});

realTest("the map shows what only root may see, and is the user's", async () => {
  assert.is((await home.ok("map")).trim(), `Wrote ${join(home.lab, ".lab/map.html")}`);
  const drawn = readMap(home.lab);
  assert.equal(amiss(drawn), []);
  assert.is(drawn.boxes["Host guard"], "ok: in place");
  assert.match(drawn.ways["From a pod to an unserved address"] ?? "", /^cut at Node guard of /);
  assert.is(statSync(join(home.lab, ".lab/map.html")).uid, uid);
});

realTest("while a VIF maps the cluster, nothing is changed, and an experiment shows that nothing loops", async () => {
  const { podCidr, serviceCidr } = JSON.parse(readFileSync(join(home.lab, ".lab/host-network.json"), "utf8")) as {
    readonly podCidr: string;
    readonly serviceCidr: string;
  };
  await using vif = await world.host.connectVif({ cidrs: [podCidr, serviceCidr] });
  assert.match(await home.ok("up"), "nothing had to be done");
  const { stdout } = await home.k3sLab("doctor");
  assert.match(stdout, "No request loops, as an experiment has shown");
  assert.equal(
    vif.packets.filter(({ source }) => source !== "192.168.77.10"),
    [],
  );
});

realTest("a node's resolver is the lab's, never Docker's own", async () => {
  for (const node of three) {
    assert.is((await home.ok("exec", node, "cat", "/etc/resolv.conf")).trim(), "nameserver 192.168.77.1", node);
    const hosts = await home.ok("exec", node, "--", "getent", "hosts", "multi");
    assert.match(hosts, "10.76.0.10");
  }
});

realTest("a command in a machine gets its input and gives its exit code", async () => {
  const { exitCode, stdout } = await home.k3sLab("exec", ["agent1", "sh", "-c", "cat; exit 7"], { input: "hello" });
  assert.is(exitCode, 7);
  assert.is(stdout, "hello");
});

realTest("API and registry are on 127.0.0.1 alone, and an image of the same Docker is pushed and pulled", async () => {
  const ports = (await home.dockerSays("port", `k3s-lab-${home.id}-multi`)).trim().split("\n");
  assert.is(ports.length, 2);
  for (const port of ports) assert.match(port, / -> 127\.0\.0\.1:\d+$/);
  const layer = join(home.dir, "layer");
  mkdirSync(layer);
  writeFileSync(join(layer, "hello"), "hello\n");
  await world.host.run("sh", ["-ec", 'tar -C "$0" -c . | docker import - app:1', layer], {
    env: { DOCKER_HOST: home.docker.endpoint },
  });
  const images = await home.dockerSays("images", "--format", "{{.Repository}}:{{.Tag}}");
  assert.match(await home.ok("push", "app:1"), "multi:5000/app:1");
  assert.is(
    await home.dockerSays("images", "--format", "{{.Repository}}:{{.Tag}}"),
    images,
    "no name is left in Docker",
  );
  const pull = (name: string) => home.ok("exec", "agent2", "k3s", "crictl", "pull", name);
  assert.match(await pull("multi:5000/app:1"), "Image is up to date");
  const { published } = JSON.parse(readFileSync(join(home.lab, ".lab/registry.json"), "utf8")) as {
    readonly published: number;
  };
  assert.match(await pull(`localhost:${published}/app:1`), "Image is up to date");
});

realTest("archives and an image folder are pushed without skopeo, and nodes pull them", async () => {
  const archive = join(home.lab, "app.tar");
  writeFileSync(archive, "");
  await world.host.run("sh", ["-ec", 'docker save app:1 >"$0"', archive], {
    env: { DOCKER_HOST: home.docker.endpoint },
  });
  const layer = writeTar([{ name: "hello", content: Buffer.from("hello\n") }]);
  const image = makeImage({ architecture: process.arch === "x64" ? "amd64" : process.arch, config: {}, layer });
  const folder = join(home.lab, "folder");
  mkdirSync(folder);
  await writeLayout(folder, new Map([["docker.io/library/laid-out:1", image]]));
  for (const [file, name] of [
    [archive, "saved:1"],
    [folder, "laid-out:1"],
  ] as const) {
    const pushed = await home.ok("push", file, "--name", name);
    assert.match(pushed, `multi:5000/${name}`);
    assert.match(await home.ok("exec", "agent1", "k3s", "crictl", "pull", `multi:5000/${name}`), "Image is up to date");
    assert.match(await home.ok("load", file, "--name", `loaded-${name}`), `docker.io/library/loaded-${name} on multi`);
  }
});

realTest("a killed lab:up takes its helper along, and the next one goes on", async () => {
  home.configure("machines: { docker: { ports: ['8080:80'] } }\n");
  const killed = new AbortController();
  const going = home.k3sLab("up", [], { signal: killed.signal }).catch(() => undefined);
  await eventually(
    "the helper runs",
    async () => (await home.dockerSays("ps", "-q", "--filter", "ancestor=k3s-lab/empty:1")) !== "",
  );
  killed.abort();
  await going;
  await eventually(
    "it has ended",
    async () => (await home.dockerSays("ps", "-q", "--filter", "ancestor=k3s-lab/empty:1")) === "",
  );
  assert.match(await home.ok("up"), "The lab is up: 3 nodes Ready");
});

realTest("a Service of type LoadBalancer is reached by the port that lab.yaml names", async () => {
  const manifest = `
apiVersion: v1
kind: Pod
metadata: { name: web, labels: { app: web } }
spec:
  nodeName: multi # which has the image
  containers:
    - { name: web, image: "docker.io/library/registry:3.1.2", ports: [{ containerPort: 5000 }] }
---
apiVersion: v1
kind: Service
metadata: { name: web }
spec: { type: LoadBalancer, selector: { app: web }, ports: [{ port: 80, targetPort: 5000 }] }
`;
  const { exitCode, stderr } = await home.k3sLab("kubectl", ["apply", "-f", "-"], { input: manifest });
  assert.is(exitCode, 0, stderr);
  await eventually("127.0.0.1:8080 answers", async () => {
    const asked = await world.host.run(
      "curl",
      ["-s", "-o", "/dev/null", "-w", "%{http_code}", "http://127.0.0.1:8080/v2/"],
      { answers: "any" },
    );
    return asked.stdout === "200";
  });
});

realTest("a folder of the host is in every machine, read-only, and its changes are seen at once", async () => {
  const source = join(home.lab, "src");
  mkdirSync(source);
  writeFileSync(join(source, "a"), "1");
  home.configure("machines: { docker: { ports: ['8080:80'] }, mounts: [{ from: ./src, to: /src }] }\n");
  const plan = await home.ok("plan");
  assert.match(plan, /stop it and change/);
  await home.ok("up");
  writeFileSync(join(source, "a"), "2");
  assert.is(await home.ok("exec", "agent1", "cat", "/src/a"), "2");
  const { exitCode } = await home.k3sLab("exec", ["agent1", "touch", "/src/b"]);
  assert.is(exitCode, 1);
  assert.equal(await readyNodes(home), three);
});

realTest("a restart of Docker stops the lab, and the next lab:up starts it with its addresses and data", async () => {
  await home.ok("kubectl", "create", "configmap", "kept");
  await home.docker.restart();
  assert.is(await home.dockerSays("ps", "-q"), "", "nothing starts by itself");
  await home.ok("up");
  assert.match(await home.ok("kubectl", "get", "configmap", "kept"), "kept");
  assert.match(await home.ok("exec", "multi", "ip", "-4", "-o", "address", "show", "dev", "eth0"), "10.76.0.10/");
  assert.match(await home.ok("plan"), "Nothing to do");
});

realTest("a container and the network that were removed by hand are made again, with the node's data", async () => {
  const names = three.map((node) => `k3s-lab-${home.id}-${node}`);
  await home.dockerSays("rm", "--force", names[0] ?? "");
  for (const name of names.slice(1))
    await home.dockerSays("network", "disconnect", "--force", `k3s-lab-${home.id}`, name);
  await home.dockerSays("network", "rm", `k3s-lab-${home.id}`);
  await home.ok("up");
  assert.equal(await readyNodes(home), three);
  assert.match(await home.ok("kubectl", "get", "configmap", "kept"), "kept");
});

realTest("a port that another program has taken meanwhile is named, and is not changed by itself", async () => {
  const { docker } = JSON.parse(readFileSync(join(home.lab, ".lab/machines.json"), "utf8")) as {
    readonly docker: { readonly apiPort: number };
  };
  await home.dockerSays("stop", `k3s-lab-${home.id}-multi`);
  await using _taken = await world.host.background(
    process.execPath,
    ["-e", `require("net").createServer().listen(${docker.apiPort}, "127.0.0.1", () => console.log("taken"))`],
    { ready: /^taken$/ },
  );
  const { exitCode, stderr } = await home.k3sLab("up");
  assert.is(exitCode, 1);
  assert.match(stderr, new RegExp(`multi: the port 127\\.0\\.0\\.1:${docker.apiPort} of this host is taken`));
});

realTest("lab:down leaves nothing of the lab, and what looks like it is left alone", async () => {
  await home.dockerSays("volume", "create", `k3s-lab-${home.id}-mine`);
  await home.dockerSays("network", "create", "k3s-lab-other");
  await home.ok("down");
  assert.is(await home.dockerSays("ps", "-aq"), "");
  assert.equal((await home.dockerSays("volume", "ls", "-q")).split("\n"), [`k3s-lab-${home.id}-mine`]);
  assert.match(await home.dockerSays("network", "ls"), "k3s-lab-other");
  await home.dockerSays("volume", "rm", `k3s-lab-${home.id}-mine`);
  await home.dockerSays("network", "rm", "k3s-lab-other");
  assert.is(diffSnapshots(before, await snapshot()), "");
  assert.not.ok(existsSync(join(home.lab, ".lab")));
});

test.run();
