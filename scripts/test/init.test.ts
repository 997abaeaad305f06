// lab:init without a terminal, as a pipeline calls it.
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, dirname, join, resolve } from "node:path";
import { run } from "@k3s-lab/exec";
import { decideHostNetwork, hostNetworkRecord } from "@k3s-lab/host-network";
import { openLab } from "@k3s-lab/lab";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { desktop } from "../../packages/host-network/test/fixtures/hosts.js";
import { root } from "./drive-lab.js";

const test = suite<{ dir: string; file: string }>("lab:init");

test.before.each((context) => {
  context.dir = realpathSync(mkdtempSync(join(tmpdir(), "k3s-lab-init-")));
  context.file = join(context.dir, "lab.yaml");
});
test.after.each(({ dir }) => rmSync(dir, { recursive: true, force: true }));

function init(dir: string, args: readonly string[], env: Readonly<Record<string, string | undefined>> = {}) {
  const program = join(root, "scripts/dist/init.js");
  const shell = { INIT_CWD: dir, K3S_LAB_CONFIG: undefined, K3S_LAB_BIN: undefined, NO_COLOR: "1", ...env };
  return run(process.execPath, [program, ...args], { env: shell, cwd: root, answers: "any" });
}

const read = (file: string) => readFileSync(file, "utf8");

test("--yes writes a file that opens as a lab, tells what is next, and changes nothing the second time", async ({
  dir,
  file,
}) => {
  const first = await init(dir, ["--yes"]);
  assert.is(first.exitCode, 0, first.stderr);
  const text = read(file);
  assert.ok(first.stdout.includes(text.trimEnd()), "the file is shown");
  assert.match(first.stdout, /lab\.yaml is written\.\nNext: .*npm run lab:up$/);
  const { config } = await openLab(file);
  assert.is(config.nodes.filter(({ role }) => role === "server").length, 1);
  const second = await init(dir, ["--yes"]);
  assert.match(second.stdout, /^lab\.yaml is as it was: nothing is answered otherwise\.\nNext: /);
  assert.is(read(file), text);
});

test("the file names the schema for editors, which is there", async ({ dir, file }) => {
  await init(dir, ["--yes"]);
  const [, schema = ""] = /^# yaml-language-server: \$schema=(.*)$/m.exec(read(file)) ?? [];
  assert.ok(existsSync(resolve(dirname(file), schema)), schema);
});

test("without a terminal and without --yes nothing is asked and nothing written", async ({ dir, file }) => {
  const { exitCode, stderr } = await init(dir, []);
  assert.is(exitCode, 2);
  assert.is(
    stderr,
    "npm run lab:init: asks questions, and this is no terminal. Run it in a terminal, or take the defaults: npm run lab:init -- --yes. [LAB-INI-001]",
  );
  assert.not.ok(existsSync(file));
});

test("a lab.yaml that is wrong is told with line and column, and stays", async ({ dir, file }) => {
  for (const [text, part] of [
    ["name: a\nnodes: [{ name: Agent_1 }]\n", /lab\.yaml:2:\d+: nodes\.0\.name: must be a DNS label/],
    ["name: [\n", /lab\.yaml:\d:\d+: /],
    ["network: { subnet: 10.0.0.1/24 }\n", /lab\.yaml:1:20: network\.subnet/],
  ] as const) {
    writeFileSync(file, text);
    const { exitCode, stderr } = await init(dir, ["--yes", "--from", join(root, "examples/seed/original")]);
    assert.is(exitCode, 2, stderr);
    assert.match(stderr, part);
    assert.is(read(file), text);
  }
});

test("--config and K3S_LAB_CONFIG name a file that need not exist, nor its folder", async ({ dir }) => {
  const { exitCode, stdout } = await init(dir, ["--yes", "--config", "new/two.yaml"]);
  assert.is(exitCode, 0);
  assert.match(stdout, /new\/two\.yaml is written\.\nNext: .*npm run lab:up -- --config new\/two\.yaml$/);
  await openLab(join(dir, "new/two.yaml"));
  const named = await init(dir, ["--yes"], { K3S_LAB_CONFIG: "three.yaml" });
  assert.is(named.exitCode, 0, named.stderr);
  assert.ok(existsSync(join(dir, "three.yaml")));
});

test("k3s-lab init speaks of k3s-lab", async ({ dir }) => {
  const { stdout } = await init(dir, ["--yes"], { K3S_LAB_BIN: "npx k3s-lab" });
  assert.match(stdout, /\nNext: (.*npm run lab:up|npx k3s-lab up)$/);
});

test("over a lab that is made, the plan is next, and what its network does not allow is told", async ({
  dir,
  file,
}) => {
  writeFileSync(file, "network: { mode: bridged }\n");
  const lab = await openLab(file);
  const config = (await openLab(join(dir, "none.yaml"))).config;
  const machines = { ...config.machines, provider: "lxc" as const };
  const network = decideHostNetwork({ id: lab.id, file, config: { ...config, machines } }, desktop);
  lab.state.write(hostNetworkRecord, network);
  lab.state.writeText("machines", "{}");
  const { exitCode, stdout, stderr } = await init(dir, ["--yes"]);
  assert.is(exitCode, 0, stderr);
  assert.match(stderr, /network\.mode: is bridged, and the lab was made private\..*\[LAB-NET-014\]$/);
  assert.match(stdout, /\nNext: .*npm run lab:plan {3}\(the lab is made: this shows what changes\)$/);
});

test("--from reads the seed's Vagrantfile, and tells with its lines what it leaves out", async ({ dir, file }) => {
  mkdirSync(join(dir, "old"));
  cpSync(join(root, "examples/seed/original/Vagrantfile"), join(dir, "old/Vagrantfile"));
  const { exitCode, stdout, stderr } = await init(dir, ["--yes", "--from", "old"]);
  assert.is(exitCode, 0, stderr);
  assert.match(stderr, /^Not taken over from old\/Vagrantfile, or not as it is written there:\n {2}lines? \d+/);
  assert.match(stderr, /^ {2}line 76: synced_folder \.\/shared/m);
  assert.match(stderr, /^ {2}lines 81, 82: provision is not run/m);
  assert.match(stdout, /^# Made from old\/Vagrantfile\.$/m);
  const { nodes, network } = (await openLab(file)).config;
  assert.equal(
    nodes.map(({ name, role, address }) => [name, role, address]),
    [
      ["multi", "server", "192.168.1.110"],
      ["agent1", "agent", "192.168.1.111"],
      ["agent2", "agent", "192.168.1.112"],
    ],
  );
  assert.equal([network.mode, network.gateway, network.nameservers], ["bridged", "192.168.1.1", ["8.8.8.8"]]);
});

test("nothing of a Vagrantfile is run", async ({ dir, file }) => {
  const traces = ["a", "b", "c", "d"].map((name) => join(dir, name));
  const [a, b, c, d] = traces;
  writeFileSync(
    join(dir, "Vagrantfile"),
    [
      `system("touch ${a}")`,
      `\`touch ${b}\``,
      `File.write("${c}", "x")`,
      "at_exit { exit 1 }",
      'Vagrant.configure("2") do |config|',
      '  config.vm.box = "debian/bookworm64"',
      `  config.vm.hostname = "h#{IO.popen("touch ${d}").read}"`,
      '  config.vm.network "public_network"',
      "end",
      "",
    ].join("\n"),
  );
  const { exitCode, stderr } = await init(dir, ["--yes", "--from", "Vagrantfile"]);
  assert.is(exitCode, 0, stderr);
  assert.ok(existsSync(file));
  for (const trace of traces) assert.not.ok(existsSync(trace), trace);
  assert.match(stderr, /line 1: system is not run/);
  assert.match(stderr, /line 7: vm\.hostname cannot be read/);
});

test("--from over a file that is there changes what the Vagrantfile says, and no other line", async ({ dir, file }) => {
  writeFileSync(file, "# mine\nname: ann # hers\nregistry:\n    port: 5001   # not 5000\n");
  writeFileSync(
    join(dir, "Vagrantfile"),
    'Vagrant.configure("2") do |c|\n  c.vm.define("cp") { |m| m.vm.box = "debian/b" }\nend\n',
  );
  const { exitCode, stdout, stderr } = await init(dir, ["--yes", "--from", "Vagrantfile"]);
  assert.is(exitCode, 0, stderr);
  assert.match(stdout, /^Changes of lab\.yaml:$/m);
  assert.match(stdout, /^\+ {2}- \{ name: cp, role: server \}$/m);
  assert.ok(read(file).startsWith("# mine\nname: ann # hers\nregistry:\n    port: 5001   # not 5000\n"));
  assert.equal((await openLab(file)).config.nodes, [{ name: "cp", role: "server" }]);
});

test("a Vagrantfile that is missing, no Ruby, or without machines is refused before anything is written", async ({
  dir,
  file,
}) => {
  writeFileSync(join(dir, "bad"), "Vagrant.configure('2') do |c|\n");
  writeFileSync(join(dir, "none"), "puts 1\n");
  for (const [from, part] of [
    ["gone", `${join(dir, "gone")}: does not exist, though --from names it.`],
    [".", `${join(dir, "Vagrantfile")}: does not exist`],
    ["bad", "bad:1: is not Ruby: "],
    ["none", "none: no machine can be told from it"],
  ] as const) {
    const { exitCode, stderr } = await init(dir, ["--yes", "--from", from]);
    assert.is(exitCode, 2, stderr);
    assert.ok(stderr.includes(part), stderr);
    assert.not.ok(existsSync(file));
  }
});

test("where nothing can make machines, what is missing is told, and the file is written all the same", async ({
  dir,
  file,
}) => {
  const programs = join(dir, "bin");
  mkdirSync(programs);
  for (const name of ["ip", "nft"]) {
    const place = (process.env.PATH ?? "")
      .split(delimiter)
      .map((folder) => join(folder, name))
      .find((each) => existsSync(each));
    if (place !== undefined) symlinkSync(place, join(programs, name));
  }
  const { exitCode, stderr } = await init(dir, ["--yes"], { PATH: programs, DOCKER_HOST: `unix://${dir}/none` });
  assert.is(exitCode, 0, stderr);
  assert.match(stderr, /^What makes the machines does not work here yet:\n {2}Linux containers \(LXC\): /m);
  assert.match(stderr, /^ {2}Containers of Docker: lacks docker/m);
  await openLab(file);
});

test.run();
