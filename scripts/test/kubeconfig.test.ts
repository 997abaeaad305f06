// The lab in the kubeconfig of a person who has one already: merged, used, and taken out again.
import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { run, type RunResult } from "@k3s-lab/exec";
import { isInstalled } from "@k3s-lab/host";
import { formatKubeconfig } from "@k3s-lab/kube";
import { labDigest } from "@k3s-lab/lab";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { parse } from "yaml";
import { root } from "./drive-lab.js";

interface Person {
  readonly home: string;
  /** The kubeconfig of the person. */
  readonly config: string;
  /** The folder of the lab. */
  readonly lab: string;
}

const test = suite<{ person: Person }>("kubeconfig");

const keys = { ca: "Q0E=", certificate: "Q0VSVA==", key: "S0VZ" };

test.before.each((context) => {
  const home = realpathSync(mkdtempSync(join(tmpdir(), "k3s-lab-kubeconfig-")));
  mkdirSync(join(home, ".kube"));
  context.person = { home, config: join(home, ".kube", "config"), lab: labIn(home, "lab") };
});
test.after.each(({ person }) => rmSync(person.home, { recursive: true, force: true }));

/** A folder with what lab:up leaves there for kubectl. */
function labIn(home: string, name: string, server = "https://10.76.0.10:6443"): string {
  const folder = join(home, name);
  mkdirSync(join(folder, ".lab"), { recursive: true });
  writeFileSync(join(folder, ".lab", "kubeconfig"), formatKubeconfig("k3s-lab", { server, ...keys }), { mode: 0o600 });
  return folder;
}

/** Runs `k3s-lab kubeconfig` as the person, in the folder of the lab. */
function kubeconfig(
  { home, lab }: Person,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<RunResult> {
  const program = join(root, "scripts/bin/k3s-lab.js");
  const own = { HOME: home, INIT_CWD: lab, KUBECONFIG: undefined, K3S_LAB_CONFIG: undefined, npm_command: undefined };
  const options = { env: { ...own, SUDO_UID: undefined, SUDO_GID: undefined, ...env }, answers: "any" } as const;
  return run(process.execPath, [program, "kubeconfig", ...args], options);
}

async function ok(person: Person, args: readonly string[], env?: Readonly<Record<string, string>>): Promise<string> {
  const { exitCode, stdout, stderr } = await kubeconfig(person, args, env);
  assert.is(exitCode, 0, stderr);
  return stdout;
}

const contextNames = (file: string) =>
  parse(readFileSync(file, "utf8")).contexts.map(({ name }: { readonly name: string }) => name);

/** What kubectl itself makes of it, where there is one. */
async function kubectl(file: string, ...args: readonly string[]): Promise<string | undefined> {
  if (!isInstalled("kubectl")) return undefined;
  return (await run("kubectl", ["--kubeconfig", file, ...args])).stdout;
}

const work = `# at work
apiVersion: v1
kind: Config
clusters:
- name: work
  cluster: {server: "https://work.example:6443"}
contexts:
- name: work
  context: {cluster: work, user: me}
users:
- name: me
  user: {token: secret}
current-context: work
`;

test("who has no kubeconfig gets one, for no other eyes, and has none again afterwards", async ({ person }) => {
  rmSync(join(person.home, ".kube"), { recursive: true });
  assert.match(await ok(person, []), `${person.lab}/.lab/kubeconfig\n\`k3s-lab kubeconfig --merge\` merges it`);
  assert.match(await ok(person, ["--merge"]), `${person.config}: has the lab as context k3s-lab\nUse it by`);
  assert.is(statSync(person.config).mode & 0o777, 0o600);
  assert.equal(contextNames(person.config), ["k3s-lab"]);
  assert.is((await kubectl(person.config, "config", "get-contexts", "-o=name")) ?? "k3s-lab", "k3s-lab");
  assert.is(await ok(person, ["--unmerge"]), `${person.config}: context k3s-lab is removed`);
  assert.equal(readdirSync(join(person.home, ".kube")), []);
  assert.equal(readdirSync(join(person.lab, ".lab")), ["kubeconfig"]);
  assert.is(await ok(person, ["--unmerge"]), `Nothing of the lab is in ${person.config}.`);
});

test("who has one keeps it byte for byte, with its mode, and finds it as it was beside it", async ({ person }) => {
  writeFileSync(person.config, work);
  chmodSync(person.config, 0o640);
  await ok(person, ["--merge"]);
  assert.equal(contextNames(person.config), ["work", "k3s-lab"]);
  assert.is(parse(readFileSync(person.config, "utf8"))["current-context"], "work");
  assert.is(statSync(person.config).mode & 0o777, 0o640);
  const backup = `${person.config}.before-k3s-lab-${labDigest(join(person.lab, ".lab"))}`;
  assert.is(readFileSync(backup, "utf8"), work);
  assert.is(statSync(backup).mode & 0o777, 0o640);
  const merged = readFileSync(person.config, "utf8");
  await ok(person, ["--merge"]);
  assert.is(readFileSync(person.config, "utf8"), merged, "merged again");
  assert.is(readFileSync(backup, "utf8"), work, "what was not changed is not kept in its place");
  await ok(person, ["--unmerge"]);
  assert.is(readFileSync(person.config, "utf8"), work);
  assert.equal(readdirSync(join(person.home, ".kube")), ["config"]);
});

test("only who asks for it gets another current context, which is none afterwards", async ({ person }) => {
  writeFileSync(person.config, work);
  assert.is(await ok(person, ["--use"]), `${person.config}: has the lab as context k3s-lab, which is the current one`);
  assert.is((await kubectl(person.config, "config", "current-context")) ?? "k3s-lab", "k3s-lab");
  await ok(person, ["--unmerge"]);
  assert.is(readFileSync(person.config, "utf8"), work.replace("current-context: work", 'current-context: ""'));
});

test("kubectl renames, extends and rewrites what was merged, and the lab is still found in it", async ({ person }) => {
  if (!isInstalled("kubectl")) return;
  writeFileSync(person.config, work);
  await ok(person, ["--use"]);
  await kubectl(person.config, "config", "set-context", "k3s-lab", "--namespace=dev");
  await kubectl(person.config, "config", "rename-context", "k3s-lab", "mine");
  assert.match(await ok(person, []), "has the lab as context mine, which is the current one");
  await ok(person, ["--merge"]);
  assert.equal(contextNames(person.config).toSorted(), ["mine", "work"]);
  assert.match(readFileSync(person.config, "utf8"), "namespace: dev");
  await ok(person, ["--unmerge"]);
  const view = JSON.parse((await kubectl(person.config, "config", "view", "-o=json")) ?? "{}");
  assert.equal([view.clusters.length, view.contexts.length, view.users.length], [1, 1, 1]);
  assert.not.ok(view["current-context"]);
});

test("of several files, that one is taken which kubectl would write", async ({ person }) => {
  const [missing, second, third] = ["a", "b", "c"].map((name) => join(person.home, name));
  assert.ok(missing && second && third);
  const env = { KUBECONFIG: [missing, second, third].join(delimiter) };
  writeFileSync(second, work);
  writeFileSync(third, "current-context: other\n");
  await ok(person, ["--use"], env);
  assert.equal(contextNames(second), ["work", "k3s-lab"]);
  assert.is(readFileSync(third, "utf8"), "current-context: other\n");
  assert.not.ok(existsSync(missing) || existsSync(person.config));
  // In another shell, without the variable: what was merged is recorded.
  await ok(person, ["--unmerge"]);
  assert.is(readFileSync(second, "utf8"), work.replace("current-context: work", 'current-context: ""'));
  rmSync(second);
  rmSync(third);
  await ok(person, ["--merge"], env);
  assert.equal(contextNames(third), ["k3s-lab"]);
  const inFolder = { KUBECONFIG: "own" };
  await ok(person, ["--merge"], inFolder);
  assert.equal(contextNames(join(person.lab, "own")), ["k3s-lab"], "a relative path is that of the caller's folder");
  await ok(person, ["--unmerge"]);
  assert.not.ok(existsSync(third) || existsSync(join(person.lab, "own")));
});

test("two labs, and a cluster of the same name, live side by side", async ({ person }) => {
  writeFileSync(person.config, work.replaceAll("work", "k3s-lab").replace("# at k3s-lab", "# mine"));
  const before = readFileSync(person.config, "utf8");
  const other = { ...person, lab: labIn(person.home, "two", "https://10.77.0.10:6443") };
  await ok(person, ["--merge"]);
  await ok(other, ["--merge"]);
  const own = (lab: string) => `k3s-lab-${labDigest(join(lab, ".lab"))}`;
  assert.equal(contextNames(person.config), ["k3s-lab", own(person.lab), own(other.lab)]);
  await ok(person, ["--unmerge"]);
  assert.equal(contextNames(person.config), ["k3s-lab", own(other.lab)]);
  await ok(other, ["--unmerge"]);
  assert.is(readFileSync(person.config, "utf8"), before);
});

const json = `${JSON.stringify({ apiVersion: "v1", kind: "Config", clusters: [], contexts: [], users: [] }, undefined, 2)}\n`;

for (const [what, text] of [
  ["JSON", json],
  ["the line ends of Windows", work.replaceAll("\n", "\r\n")],
  ["anchors", work.replace("context: {", "context: &it {").replace("users:", "- name: again\n  context: *it\nusers:")],
] as const) {
  test(`a kubeconfig with ${what} is one for kubectl, too, and the same afterwards`, async ({ person }) => {
    writeFileSync(person.config, text);
    await ok(person, ["--merge"]);
    const names = await kubectl(person.config, "config", "get-contexts", "-o=name");
    if (names !== undefined) assert.ok(names.split("\n").includes("k3s-lab"), names);
    if (text === json) JSON.parse(readFileSync(person.config, "utf8"));
    await ok(person, ["--unmerge"]);
    assert.is(readFileSync(person.config, "utf8"), text);
  });
}

test("an empty one stays, with nothing in it", async ({ person }) => {
  writeFileSync(person.config, "");
  await ok(person, ["--merge"]);
  assert.equal(contextNames(person.config), ["k3s-lab"]);
  await ok(person, ["--unmerge"]);
  assert.equal(contextNames(person.config), []);
});

test("a link stays a link, also one that leads to nothing yet", async ({ person }) => {
  const real = join(person.home, "dotfiles");
  symlinkSync(real, person.config);
  await ok(person, ["--merge"]);
  assert.ok(lstatSync(person.config).isSymbolicLink());
  assert.equal(contextNames(real), ["k3s-lab"]);
  await ok(person, ["--unmerge"]);
  writeFileSync(real, work);
  await ok(person, ["--merge"]);
  assert.ok(lstatSync(person.config).isSymbolicLink());
  assert.equal(contextNames(real), ["work", "k3s-lab"]);
});

for (const [what, prepare, code, message] of [
  ["read-only", (file) => chmodSync(file, 0o400), 1, /may not be written by this user, or is read-only\. Make it/],
  ["no YAML", (file) => writeFileSync(file, "a: ["), 2, /is no kubeconfig: it is not YAML/],
  ["no kubeconfig", (file) => writeFileSync(file, "kind: Pod\n"), 2, /it has kind: Pod, expected Config/],
  ["not UTF-8", (file) => writeFileSync(file, Buffer.from("# caf\xe9\n", "latin1")), 2, /expected UTF-8/],
] as const satisfies readonly (readonly [string, (file: string) => void, number, RegExp])[]) {
  test(`a kubeconfig that is ${what} is refused, and not touched`, async ({ person }) => {
    writeFileSync(person.config, work);
    prepare(person.config);
    const before = readFileSync(person.config);
    const { exitCode, stderr } = await kubeconfig(person, ["--merge"]);
    assert.is(exitCode, code, stderr);
    assert.match(stderr, message);
    assert.ok(stderr.startsWith(`${person.config}: `), stderr);
    assert.ok(readFileSync(person.config).equals(before));
    assert.equal(readdirSync(join(person.home, ".kube")), ["config"]);
  });
}

test("while kubectl writes, it is waited for", async ({ person }) => {
  writeFileSync(person.config, work);
  writeFileSync(`${person.config}.lock`, "");
  const merging = ok(person, ["--merge"]);
  await new Promise((resolve) => setTimeout(resolve, 600));
  assert.is(readFileSync(person.config, "utf8"), work);
  rmSync(`${person.config}.lock`);
  await merging;
  assert.equal(contextNames(person.config), ["work", "k3s-lab"]);
});

test("the lab's own is printed, and nothing else", async ({ person }) => {
  const own = readFileSync(join(person.lab, ".lab", "kubeconfig"), "utf8");
  assert.is(`${await ok(person, ["--print"])}\n`, own);
  assert.equal(readdirSync(join(person.home, ".kube")), []);
  rmSync(join(person.lab, ".lab"), { recursive: true });
  const { exitCode, stderr, stdout } = await kubeconfig(person, ["--print"]);
  assert.equal([exitCode, stdout], [1, ""]);
  assert.match(stderr, "there is no lab yet");
});

test("flags that contradict each other are refused", async ({ person }) => {
  for (const args of [
    ["--print", "--merge"],
    ["--merge", "--unmerge"],
    ["--use", "--print"],
  ]) {
    const { exitCode, stderr } = await kubeconfig(person, args);
    assert.is(exitCode, 2);
    assert.match(stderr, "expected one of --print, --merge");
  }
});

if (process.getuid?.() === 0) {
  test("under sudo, what is made belongs to the user who called", async ({ person }) => {
    chmodSync(person.home, 0o755);
    const file = join(person.home, "new", "config");
    await ok(person, ["--merge"], { SUDO_UID: "12345", SUDO_GID: "12346", KUBECONFIG: file });
    const { uid, gid, mode } = statSync(file);
    assert.equal([uid, gid, mode & 0o777], [12_345, 12_346, 0o600]);
    assert.is(statSync(join(person.home, "new")).uid, 12_345);
  });
}

test.run();
