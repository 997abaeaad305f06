// Records docs/session.svg: a lab in an emulated host, by a person who types in a terminal of tmux. Where the project has a
// map to draw, docs/map.svg is drawn of the same lab. Run it by `npm run docs:session`, as root; it takes two minutes.
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { run } from "@k3s-lab/exec";
import { emulateHost } from "@k3s-lab/testbed";
import { driveLab, root } from "../drive-lab.js";
import { makeCheckout } from "./checkout.js";
import { type Frame, renderTerminal } from "./terminal-svg.js";

const size = { columns: 112, rows: 28 };
/** Milliseconds between two looks at the terminal, and between two keys. */
const lookEvery = 200;
const keyEvery = 45;
const longest = 10 * 60_000;

const title =
  "A terminal: lab:up brings up three nodes, an image is pushed and runs on each of them, and lab:down removes everything";
const typed = [
  "npx k3s-lab up",
  "sh examples/hello/make-image.sh hello-image && npx k3s-lab push hello-image",
  "npx k3s-lab kubectl apply -f examples/hello/hello.yaml",
  "npx k3s-lab kubectl rollout status daemonset/hello",
  "for i in $(seq 30); do curl -s http://multi:8080; done | sort | uniq -c",
];

await using world = await emulateHost();
await using lab = await driveLab(world.host);
makeCheckout(lab.dir);

const socket = join(lab.dir, "tmux");
// Its socket is a file, so that only the server has to be inside the host.
const tmux = async (...args: readonly string[]) => (await run("tmux", ["-S", socket, ...args])).stdout;
const shell = ["bash", "--norc", "--noprofile"];
const window = ["-x", String(size.columns), "-y", String(size.rows), "-c", lab.dir];
await world.host.run("tmux", ["-S", socket, "-f", "/dev/null", "new-session", "-d", ...window, ...shell], {
  cwd: lab.dir,
  env: {
    TERM: "xterm-256color",
    PS1: "$ ",
    CI: undefined,
    NO_COLOR: undefined,
    INIT_CWD: undefined,
    K3S_LAB_CONFIG: undefined,
  },
});
await tmux("set-option", "-g", "status", "off");

const frames: Frame[] = [];
const started = performance.now();
const end = new AbortController();
const camera = (async () => {
  while (!end.signal.aborted) {
    frames.push({ at: performance.now() - started, screen: await tmux("capture-pane", "-e", "-p") });
    await sleep(lookEvery);
  }
})();

for (const command of typed) {
  await promptAgain(longest);
  for (const key of command) {
    // A semicolon would end the command of tmux itself.
    await tmux("send-keys", "-l", key === ";" ? "\\;" : key);
    await sleep(keyEvery);
  }
  await sleep(400);
  await tmux("send-keys", "Enter");
  await sleep(1000);
}
await promptAgain(longest);
const map = await drawMap();
await tmux("send-keys", "npx k3s-lab down", "Enter");
await sleep(1000);
await promptAgain(longest);
await sleep(3 * lookEvery);
end.abort();
await camera;
await tmux("kill-server");

// The folder of a person, not that of a test.
const shown = frames.map(({ at, screen }) => ({ at, screen: screen.replaceAll(lab.dir, "/home/ann/k3s-lab") }));
writeFileSync(join(root, "docs/session.svg"), renderTerminal(shown, size, title));
console.log(`docs/session.svg: ${frames.length} pictures${map ? "; docs/map.svg" : ""}`);

/** Waits until the shell asks for the next command. */
async function promptAgain(within: number): Promise<void> {
  const until = performance.now() + within;
  for (;;) {
    const screen = await tmux("capture-pane", "-p");
    if (screen.trimEnd().split("\n").at(-1)?.trimEnd() === "$") return;
    if (performance.now() > until) throw new Error(`no prompt after ${within} ms:\n${screen}`);
    await sleep(lookEvery);
  }
}

/** Draws the lab's map into docs/, where a command for that exists. */
async function drawMap(): Promise<boolean> {
  const { scripts } = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as {
    scripts: Record<string, string>;
  };
  if (scripts["lab:map"] === undefined) return false;
  await lab.npmOk("lab:map", ["--svg", join(root, "docs/map.svg")]);
  return existsSync(join(root, "docs/map.svg"));
}
