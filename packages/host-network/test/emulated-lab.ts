import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { RunResult } from "@k3s-lab/exec";
import { labDigest } from "@k3s-lab/lab";
import { decodeEvent } from "@k3s-lab/steps";
import { lan, type World } from "@k3s-lab/testbed";

/** As turbo runs it: built. A loader would cost more than all the rest. */
const built = (path: string) => fileURLToPath(new URL(`../dist/${path}`, import.meta.url));

/** The steps by which `npm run labs` finds a lab. */
const notesOfLab: ReadonlySet<string> = new Set(["note-lab", "forget-lab"]);

export interface Outcome {
  readonly exitCode: number;
  /** The sentences of the actions that were taken on the host's network: not those that note where the lab is at home. */
  readonly actions: readonly string[];
  readonly problem: string | undefined;
  readonly notes: readonly string[];
}

/** A lab on an emulated host, as far as this package makes it. It is removed when it is disposed of. */
export interface EmulatedLab extends AsyncDisposable {
  readonly id: string;
  readonly dir: string;
  up(): Promise<Outcome>;
  down(): Promise<Outcome>;
}

export async function emulateLab(world: World, yaml = ""): Promise<EmulatedLab> {
  // What labs hold of sysctls is recorded beside the real host's records, whose lock ends at this world's processes.
  await world.host.run("sh", ["-c", ownRecords]);
  const dir = mkdtempSync(join(tmpdir(), "k3s-lab-host-network-"));
  writeFileSync(join(dir, "lab.yaml"), yaml);
  const env = { K3S_LAB_CONFIG: join(dir, "lab.yaml"), K3S_LAB_REPORT: "events" };
  const start = async (script: string) => {
    const args = ["--input-type=module", "-e", script];
    return outcomeOf(await world.host.run(process.execPath, args, { env, answers: "any" }));
  };
  const down = () => start(removal);
  return {
    id: labDigest(join(dir, ".lab")),
    dir,
    up: () => start(making),
    down,
    async [Symbol.asyncDispose]() {
      await down();
      rmSync(dir, { recursive: true, force: true });
    },
  };
}

const ownRecords = `mkdir -p /var/lib/k3s-lab/host
mountpoint -q /var/lib/k3s-lab/host || mount -t tmpfs k3s-lab-test /var/lib/k3s-lab/host`;

const modules = `
import { findConfig, openLab } from "@k3s-lab/lab";
import { removeLab, runStage } from "@k3s-lab/stages";
import { failureOf } from "@k3s-lab/problem";
import { Facts, openReport, reportKind } from "@k3s-lab/steps";
import { hostNetworkStage } from ${JSON.stringify(built("index.js"))};
const [name, chain] = ["host-network", [hostNetworkStage]];`;

const making = `${modules}
await runStage(chain, name, "up");`;

const removal = `${modules}
const { report } = await openReport(reportKind());
try {
  await removeLab(chain, await openLab(findConfig(undefined)), report, new Facts());
} catch (error) {
  const failure = failureOf(error);
  process.exitCode = failure.exitCode;
  report({ event: "problem", stage: name, ...failure });
}`;

function outcomeOf({ exitCode, stdout, stderr }: RunResult): Outcome {
  const events = stdout.split("\n").flatMap((line) => decodeEvent(line) ?? []);
  const problem = events.find((event) => event.event === "problem");
  const actions = events.flatMap((event) =>
    event.event === "action-ended" && event.ok && !notesOfLab.has(event.id) ? [event.action] : [],
  );
  const notes = events.flatMap((event) => (event.event === "note" ? [event.message] : []));
  return { exitCode, actions, notes, problem: problem?.message ?? (exitCode === 0 ? undefined : stderr) };
}

/** What a machine is to the host: a network of its own, plugged into the lab's bridge. */
export interface StandInNode extends AsyncDisposable {
  /** Asks a resolver for a name, by default the LAN's router for its own: "192.168.77.1", or how that failed. */
  lookup(resolver?: string, name?: string): Promise<string>;
  /** Sends a datagram to each address, and does not wait for what becomes of them. */
  send(...addresses: readonly string[]): Promise<void>;
  /** Connects by TCP: what it is told, or how that failed ("ECONNREFUSED", or "silence" after two seconds). */
  connect(address: string, port: number): Promise<string>;
  /** Sends a datagram to another node and resolves with what that node heard. */
  tell(other: StandInNode): Promise<string>;
  readonly address: string;
  listen(): Promise<string>;
}

/** `into`: a bridge, or the interface that a macvlan of the node's sits on. */
export async function plugNode(
  world: World,
  into: string | { readonly uplink: string },
  address: string,
  gateway = "10.76.0.1",
): Promise<StandInNode> {
  const { host } = world;
  const command = ["--net", "sh", "-c", "echo node $$; exec sleep 600"];
  const holder = await host.background("unshare", command, { ready: /^node \d+$/ });
  const pid = holder.line.split(" ")[1] ?? "";
  const cable = `port${address.split(".")[3]}`;
  const plug =
    typeof into === "string"
      ? [
          `link add ${cable} type veth peer name eth0 netns ${pid}`,
          `link set ${cable} addrgenmode none`,
          `link set ${cable} master ${into} up`,
        ]
      : [`link add link ${into.uplink} name eth0 netns ${pid} type macvlan mode bridge`];
  await host.run("ip", ["-batch", "-"], { input: [...plug, ""].join("\n") });
  const inside = (program: string, args: readonly string[], input?: string) =>
    host.run("nsenter", ["--target", pid, "--net", program, ...args], input === undefined ? {} : { input });
  const links = ["link set lo up", `address add ${address}/24 dev eth0`, "link set eth0 up"];
  await inside("ip", ["-batch", "-"], [...links, `route add default via ${gateway}`, ""].join("\n"));
  return {
    address,
    lookup: async (resolver = lan.routerAddress, name = "router.lan") =>
      (await inside(process.execPath, ["-e", lookupScript, resolver, name])).stdout.trim(),
    send: async (...addresses) => void (await inside(process.execPath, ["-e", sendScript, ...addresses])),
    connect: async (to, port) => (await inside(process.execPath, ["-e", connectScript, to, String(port)])).stdout,
    listen: async () => (await inside(process.execPath, ["-e", listenScript])).stdout,
    async tell(other) {
      const heard = other.listen();
      for (;;) {
        await inside(process.execPath, ["-e", sendScript, other.address]);
        const done = await Promise.race([
          heard,
          new Promise<undefined>((resolve) => setTimeout(resolve, 50, undefined)),
        ]);
        if (done !== undefined) return done;
      }
    },
    [Symbol.asyncDispose]: () => holder[Symbol.asyncDispose](),
  };
}

/** What is around the host: a network of its own behind an interface of the host, whose server tells who asks it. */
export async function plugServer(
  world: World,
  cable: { readonly name: string; readonly bridge?: string; readonly address: string },
  at: { readonly address: string; readonly gateway: string; readonly port: number; readonly behind?: string },
): Promise<AsyncDisposable> {
  const { host } = world;
  const [go, listens] = [`/run/${cable.name}.go`, `/run/${cable.name}.listens`];
  const serve = `ip link set lo up; echo server $$; read -r go <${go}; exec "$0" -e "$1" ${at.port} >${listens}`;
  await host.run("mkfifo", [go, listens]);
  const command = ["--net", "sh", "-c", serve, process.execPath, serverScript];
  const holder = await host.background("unshare", command, { ready: /^server \d+$/ });
  const pid = holder.line.split(" ")[1] ?? "";
  const own = cable.bridge === undefined ? [`address add ${cable.address} dev ${cable.name}`] : [];
  const into = cable.bridge === undefined ? "" : ` master ${cable.bridge}`;
  const plug = [
    `link add ${cable.name} type veth peer name eth0 netns ${pid}`,
    ...own,
    `link set ${cable.name}${into} up`,
  ];
  await host.run("ip", ["-batch", "-"], { input: [...plug, ""].join("\n") });
  const inside = [
    `address add ${at.address} dev eth0`,
    "link set eth0 up",
    `route add default via ${at.gateway}`,
    ...(at.behind === undefined ? [] : [`address add ${at.behind}/32 dev lo`]),
    "",
  ];
  await host.run("nsenter", ["--target", pid, "--net", "ip", "-batch", "-"], { input: inside.join("\n") });
  await host.run("sh", ["-c", `echo >${go}; read -r answer <${listens}; rm ${go} ${listens}`]);
  return holder;
}

const serverScript = `
const server = require("node:net").createServer((socket) => socket.end(socket.remoteAddress));
server.listen(Number(process.argv[1]), "0.0.0.0", () => console.log("listening"));`;

/** From the host's own network: a control, since it takes the VIF's routes. */
export async function sendFromHost(world: World, address: string): Promise<void> {
  await world.host.run(process.execPath, ["-e", sendScript, address]);
}

const lookupScript = `
const resolver = new (require("node:dns").Resolver)({ timeout: 700, tries: 1 });
resolver.setServers([process.argv[1]]);
resolver.resolve4(process.argv[2], (error, addresses) => console.log(error ? error.code : addresses[0]));`;

const sendScript = `
const socket = require("node:dgram").createSocket("udp4");
socket.on("error", () => {});
let left = process.argv.length - 1;
for (const address of process.argv.slice(1)) socket.send("x", 9, address, () => --left || socket.close());`;

const connectScript = `
const [host, port] = process.argv.slice(1);
const end = (text) => { console.log(text); process.exit(); };
setTimeout(end, 2_000, "silence");
require("node:net").connect({ host, port }).on("data", (data) => end(String(data))).on("error", ({ code }) => end(code));`;

const listenScript = `
const socket = require("node:dgram").createSocket("udp4");
setTimeout(() => { console.log("nothing"); process.exit(); }, 5_000);
socket.on("message", (_, from) => { console.log(from.address); process.exit(); });
socket.bind(9);`;
