import { suite } from "uvu";
import * as assert from "uvu/assert";
import { commands } from "../src/commands.js";
import { complete, type Known, renderCompletion } from "../src/complete.js";

const test = suite("scripts complete");

const asked: (readonly unknown[])[] = [];
const values = (...names: readonly string[]) => names.map((value) => ({ value }));
const known: Known = {
  machines: async (config) => (asked.push(["machines", config]), values("multi", "agent1", "agent2")),
  pods: async (config) => (asked.push(["pods", config]), values("kube-system/coredns-x")),
  images: async () => (asked.push(["images"]), values("hello:1", "web:2")),
  contexts: async (kubeconfig) => (asked.push(["contexts", kubeconfig]), values("work", "k3s-lab")),
  snapshots: async () => [{ value: "before-upgrade" }],
  kubectl: async (config, words) => (
    asked.push(["kubectl", config, words]),
    { suggestions: values("pods"), files: false }
  ),
};

/** Completes a line whose last word is what stands behind its last space. */
async function at(line: string) {
  asked.length = 0;
  const { suggestions, files } = await complete(line.split(" "), known);
  return [...suggestions.map(({ value }) => value), ...(files ? ["(files)"] : [])].join(" ");
}

for (const [line, completed] of [
  ["", Object.keys(commands).join(" ")],
  ["st", "stop start status"],
  ["--", "--help --version"],
  ["nothing ", ""],
  ["exec ", "multi agent1 agent2"],
  ["exec ag", "agent1 agent2"],
  ["exec agent1 ", ""],
  ["exec agent1 --", ""],
  ["exec --", "--config --all --on --help"],
  ["exec --all ", ""],
  ["exec --on ", "multi agent1 agent2"],
  ["exec --on multi,", "multi,agent1 multi,agent2"],
  ["exec --on=multi,agent2,", "--on=multi,agent2,agent1"],
  ["exec --on multi ", ""],
  ["exec -- ag", "agent1 agent2"],
  ["push ", "hello:1 web:2 (files)"],
  ["push hello:1 w", "web:2 (files)"],
  ["push hello:1 --n", "--name"],
  ["push --name ", ""],
  ["up --config ", "(files)"],
  ["up --config=", "(files)"],
  ["up --config lab.yaml --", "--json --yes --verbose --quiet --take-proxies --reset-quorum --help"],
  ["kubeconfig --m", "--merge"],
  ["logs ", "multi agent1 agent2 coredns-x"],
  ["logs core", "coredns-x"],
  ["logs kube-s", "kube-system/coredns-x"],
  ["logs agent1 a", "agent2"],
  ["logs -f ag", "agent1 agent2"],
  ["logs --since ", ""],
  ["completion ", "bash zsh fish"],
  ["completion bash ", ""],
  ["guard --kubeconfig ", "(files)"],
  ["guard --context k", "k3s-lab"],
  ["kubectl get ", "pods"],
  ["probe ", ""],
] as const) {
  test(`"${line}" is completed with ${completed || "nothing"}`, async () => {
    assert.is(await at(line), completed);
  });
}

test("what is asked is asked of the lab and the kubeconfig that the line names", async () => {
  await at("exec --config two.yaml ");
  assert.equal(asked, [["machines", "two.yaml"]]);
  await at("logs --config=two.yaml -f ");
  assert.equal(asked, [
    ["machines", "two.yaml"],
    ["pods", "two.yaml"],
  ]);
  await at("guard --kubeconfig mine --context ");
  assert.equal(asked, [["contexts", "mine"]]);
  await at("kubectl --config two.yaml -n kube-system get --o");
  assert.equal(asked, [["kubectl", "two.yaml", ["-n", "kube-system", "get", "--o"]]]);
});

test("nothing is asked for what nobody has to be asked for", async () => {
  for (const line of ["", "exec --", "exec agent1 ", "push --", "completion "]) {
    await at(line);
    assert.equal(asked, [], line);
  }
});

test("a shell's script reads whether files fit, and then a suggestion a line", () => {
  const suggestions = [{ value: "agent1", does: "agent" }, { value: "x" }];
  assert.is(renderCompletion({ suggestions, files: true }), "files\nagent1\tagent\nx\n");
  assert.is(renderCompletion({ suggestions: [], files: false }), "words\n");
});

test.run();
