// What a person does with a lab that runs: takes it into a kubeconfig, runs commands in several machines, reads logs, completes.
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { RunResult } from "@k3s-lab/exec";
import { emulateHost, rootOnly } from "@k3s-lab/testbed";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { driveLab, eventually, root, upChangesNothing } from "./drive-lab.js";

const test = suite("a lab that a person works with");
const realTest = rootOnly("a lab that a person works with", test);

const two = "nodes:\n  - { name: multi, role: server }\n  - { name: agent1 }\n";

const work = `# at work
apiVersion: v1
kind: Config
clusters:
- name: work
  cluster: {server: "https://work.example:6443"}
contexts:
- name: work
  context: &mine {cluster: work, user: me}
- name: again
  context: *mine
users:
- name: me
  user: {token: secret}
current-context: work
`;

/** Kubeconfigs that people have, by the names of their files. */
const kubeconfigs = {
  plain: work,
  windows: work.replaceAll("\n", "\r\n"),
  json: `${JSON.stringify({ apiVersion: "v1", kind: "Config", clusters: [], contexts: [], users: [] }, undefined, 2)}\n`,
} as const;

realTest("kubeconfigs, commands in several machines, logs, and what a shell completes", async () => {
  await using world = await emulateHost();
  await using lab = await driveLab(world.host, two);
  const file = join(lab.dir, "lab.yaml");
  /** Runs a command until Ctrl-C, which comes after some seconds. */
  const interrupted = (seconds: number, name: string, ...args: readonly string[]): Promise<RunResult> => {
    const program = [process.execPath, join(root, `scripts/dist/${name}.js`), "--config", file, ...args];
    const options = { cwd: root, answers: "any" } as const;
    return world.host.run("timeout", ["--signal=INT", "--preserve-status", String(seconds), ...program], options);
  };
  await lab.npmOk("lab:up");

  // Kubeconfigs: kubectl reads what comes out, and reaches the cluster by it.
  const paths = Object.entries(kubeconfigs).map(([name, text]) => ({ path: join(lab.dir, name), text }));
  for (const { path, text } of paths) {
    writeFileSync(path, text);
    await lab.npmOk("kubeconfig", ["--merge"], { env: { KUBECONFIG: path } });
    const nodes = await lab.kubectl("--kubeconfig", path, "--context", "k3s-lab", "get", "nodes", "-o=name");
    assert.equal(nodes.split("\n").toSorted(), ["node/agent1", "node/multi"], path);
  }
  const plain = join(lab.dir, "plain");
  const kubectlOn = (...args: readonly string[]) => lab.kubectl("--kubeconfig", plain, ...args);
  await lab.npmOk("kubeconfig", ["--use"], { env: { KUBECONFIG: plain } });
  await kubectlOn("config", "set-context", "--current", "--namespace=kube-system");
  await kubectlOn("config", "rename-context", "k3s-lab", "mine");
  assert.match(await kubectlOn("get", "pods"), "coredns");
  await upChangesNothing(lab);

  // As after a lab that was made again: the plan shows what lab:up does.
  writeFileSync(
    plain,
    readFileSync(plain, "utf8").replace(/certificate-authority-data: \S+/, "certificate-authority-data: QQ=="),
  );
  assert.match(await lab.npmOk("lab:plan"), `${plain}: update the lab's entries`);
  await lab.npmOk("lab:up");
  assert.match(await kubectlOn("get", "pods"), "coredns");
  await upChangesNothing(lab);

  // Commands in several machines.
  const all = await lab.npmOk("lab:exec", ["--all", "sh", "-c", "hostname; echo to standard error >&2"]);
  assert.equal(all.split("\n").toSorted(), ["agent1 | agent1", "multi  | multi"]);
  const worst = await lab.npm("lab:exec", ["--on", "multi,agent1", "sh", "-c", "[ $(hostname) = multi ] || exit 7"]);
  assert.is(worst.exitCode, 7);
  const typo = await lab.npm("lab:exec", ["agnt1", "hostname"]);
  assert.equal([typo.exitCode, /seen: agnt1 \(did you mean agent1\?\)/.test(typo.stderr)], [2, true]);
  const ended = await interrupted(4, "exec", "--all", "sleep", "4711");
  assert.is(ended.exitCode, 130, ended.stderr);
  await eventually("Ctrl-C ends what runs in the machines", async () => {
    const { stdout } = await lab.npm("lab:exec", ["--all", "sh", "-c", "pgrep -fx 'sleep 4711' || echo none"]);
    return stdout.split("\n").every((line) => line.endsWith(" none"));
  });

  // Logs of nodes.
  const logs = await lab.npmOk("logs");
  for (const name of ["multi  | ", "agent1 | "])
    assert.ok(
      logs.split("\n").some((line) => line.startsWith(name)),
      logs,
    );
  const times = logs
    .split("\n")
    .flatMap((line) => /(?:[IWEF]\d{4} |T)(\d\d:\d\d:\d\d\.\d{3})/.exec(line)?.[1] ?? [])
    .map((time) => Date.parse(`1970-01-01T${time}Z`));
  // What K3s itself writes at the same moment may be out of order.
  const late = times.filter((time, index) => time < Math.max(...times.slice(0, index)) - 1_000);
  assert.equal([times.length > 50, late], [true, []], logs);
  const ofServer = await lab.npmOk("logs", ["multi", "--since", "1h"]);
  assert.ok(ofServer.split("\n").length > 100, ofServer);
  assert.not.match(ofServer, /^multi +\| /m);
  const followed = await interrupted(6, "logs", "-f");
  assert.is(followed.exitCode, 130, followed.stderr);
  assert.match(followed.stdout, /^agent1 \| /m);
  assert.is(followed.stderr, "");

  // Logs of pods.
  assert.match(await lab.npmOk("logs", ["coredns"]), "CoreDNS-");
  assert.is((await lab.npmOk("logs", ["coredns", "--since", "1s"])).length < 2_000, true);
  const follow = interrupted(8, "logs", "kube-system/kube-registry", "-f");
  const request =
    "exec 3<>/dev/tcp/multi/5000; printf 'GET /v2/asked-for-now/tags/list HTTP/1.0\\r\\n\\r\\n' >&3; cat <&3";
  await lab.npmOk("lab:exec", ["agent1", "bash", "-c", `sleep 4; ${request}`]);
  assert.match((await follow).stdout, "asked-for-now");
  const cordns = await lab.npm("logs", ["cordns"]);
  assert.is(cordns.exitCode, 2);
  assert.match(cordns.stderr, "seen: cordns (did you mean coredns?)");
  const ambiguous = await lab.npm("logs", ["kube-system/"]);
  assert.match(ambiguous.stderr, /that one pod alone has, seen: kube-system\/, as in kube-system\/\S+, kube-system\//);

  // What shells ask for: pods, and what kubectl itself completes.
  const completed = async (...words: readonly string[]) => {
    const program = join(root, "scripts/bin/k3s-lab.js");
    const options = { env: { K3S_LAB_CONFIG: file } } as const;
    return (await world.host.run(process.execPath, [program, "__complete", ...words], options)).stdout.split("\n");
  };
  assert.ok((await completed("logs", "kube-system/core")).some((line) => line.startsWith("kube-system/coredns-")));
  assert.ok((await completed("kubectl", "get", "nodes", "ag")).some((line) => line.startsWith("agent1")));

  // One machine that stands still is a line, and the others answer.
  await lab.npm("lab:exec", ["agent1", "poweroff"]);
  const stopped = async () => lab.npm("lab:exec", ["--all", "hostname"]);
  await eventually("agent1 stands still", async () => (await stopped()).stderr.includes("is stopped"));
  const half = await stopped();
  assert.equal([half.stdout, half.stderr.split("\n").length], ["multi  | multi", 1]);
  assert.match(half.stderr, /^agent1 \| agent1: is stopped, expected to be running/);

  await lab.npmOk("lab:down");
  for (const { path, text } of paths) {
    const expected = path === plain ? undefined : text;
    const left = readFileSync(path, "utf8");
    if (expected !== undefined) assert.is(left, expected);
    assert.not.match(left, "k3s-lab");
  }
  assert.match(readFileSync(plain, "utf8"), "work.example");
});

test.run();
