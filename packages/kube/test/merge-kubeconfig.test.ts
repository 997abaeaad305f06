// Whose text comes out of a merge, and what of it is left when the lab goes.
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { parse } from "yaml";
import {
  contextsOf,
  currentContext,
  freeName,
  isEmptyKubeconfig,
  type Merged,
  mergeLab,
  refreshLab,
  removeLab,
  useContext,
} from "../src/merge-kubeconfig.js";

const test = suite("kube: merge-kubeconfig");

const config = { server: "https://10.76.0.10:6443", ca: "Q0E=", certificate: "Q0VSVA==", key: "S0VZ" };
const lab = "/home/me/lab/.lab";
const merged: Merged = { lab, config };
const own = (text: string) => ({ text, file: "config" });
const merge = (text: string, name = "k3s-lab", what = merged) => mergeLab(own(text), name, what);

/** As kubectl writes it, with what people add. */
const ofKubectl = `# my clusters
apiVersion: v1
clusters:
# at work
- cluster:
    certificate-authority-data: QUJD   # until May
    server: https://work.example:6443
  name: work
contexts:
- context:
    cluster: work
    namespace: team
    user: me
  name: work
current-context: work
kind: Config
preferences: {}
users:
- name: me
  user:
    token: secret
`;

const odd: Readonly<Record<string, string>> = {
  "as kubectl writes it": ofKubectl,
  "with the line ends of Windows": ofKubectl.replaceAll("\n", "\r\n"),
  "without an end of its last line": ofKubectl.trimEnd(),
  "with lists that are indented": ofKubectl.replaceAll(/^(- .*|#? {2,}.*|# at work)$/gm, "    $1"),
  "with lists that are empty": "apiVersion: v1\nkind: Config\nclusters: [] # none\ncontexts: []\nusers: []\n",
  "with an anchor": ofKubectl
    .replace("- cluster:\n    cert", "- cluster: &work\n    cert")
    .replace("contexts:", "- cluster: *work\n  name: again\ncontexts:"),
  "with a document's marks": `---\n${ofKubectl}`,
};

for (const [what, text] of Object.entries(odd)) {
  test(`a kubeconfig ${what} is the same again after the lab has gone`, () => {
    const whole = merge(text);
    assert.equal(contextsOf(own(whole), lab), ["k3s-lab"]);
    const { clusters, users, contexts } = parse(whole);
    assert.is(clusters.at(-1).cluster.server, config.server);
    assert.is(users.at(-1).user["client-key-data"], config.key);
    assert.is(contexts.at(-1).context.cluster, "k3s-lab");
    // Each line that was there is there still, in its order.
    const rest = whole.split(/\r?\n/);
    for (const line of text.split(/\r?\n/)) {
      if (line.includes("[]")) continue;
      const at = rest.indexOf(line);
      assert.is.not(at, -1, line);
      rest.splice(0, at + 1);
    }
    if (what.startsWith("with the line ends")) assert.not.match(whole, /[^\r]\n/);
    const after = removeLab(own(whole), lab);
    if (text.endsWith("\n") && !text.includes("# none")) assert.is(after, text);
    else assert.equal(parse(after), parse(text));
  });
}

test("JSON stays JSON, in its indentation", () => {
  const text = `${JSON.stringify(parse(ofKubectl), undefined, 4)}\n`;
  const whole = merge(text);
  assert.is(JSON.parse(whole).contexts.length, 2);
  assert.match(whole, /^ {4}"apiVersion": "v1",$/m);
  assert.is(removeLab(own(whole), lab), text);
});

test("a list in brackets gets the lab as well, and keeps the comments around it", () => {
  const text = `# mine\nclusters: [{name: a, cluster: {server: "https://a"}}] # one\nusers:\ncontexts: null\n`;
  const whole = merge(text);
  assert.match(whole, "# mine");
  assert.match(whole, "# one");
  assert.equal(
    parse(whole).clusters.map(({ name }: { name: string }) => name),
    ["a", "k3s-lab"],
  );
  assert.ok(parse(removeLab(own(whole), lab)).clusters.length === 1);
});

test("an empty file becomes a whole kubeconfig, and has nothing in it afterwards", () => {
  for (const text of ["", "# nothing yet\n"]) {
    const whole = merge(text);
    const { apiVersion, kind, contexts } = parse(whole);
    assert.equal([apiVersion, kind, contexts.length], ["v1", "Config", 1]);
    assert.ok(whole.startsWith(text));
    assert.not.ok(isEmptyKubeconfig(own(whole)));
    assert.ok(isEmptyKubeconfig(own(removeLab(own(whole), lab))));
  }
});

test("what is merged again changes nothing, and a lab that was made again is brought up to date", () => {
  const whole = merge(ofKubectl);
  assert.is(merge(whole), whole);
  const anew = { lab, config: { ...config, ca: "TkVX", certificate: "TkVXMg==", key: "TkVXMw==" } };
  const refreshed = refreshLab(own(whole), anew);
  assert.is(
    refreshed,
    whole.replace(config.ca, "TkVX").replace(config.certificate, "TkVXMg==").replace("S0VZ", "TkVXMw=="),
  );
  assert.is(refreshLab(own(ofKubectl), anew), ofKubectl, "it adds nothing");
});

test("what the user has made of the entries stays with a refresh, and goes with the lab", () => {
  const edited = merge(ofKubectl)
    .replace("    cluster: k3s-lab\n", "    namespace: dev\n    cluster: k3s-lab\n")
    .replace(/^ {2}?name: k3s-lab$/m, "  name: k3s-lab")
    .replace("- name: k3s-lab\n  context:", "- name: mine # renamed\n  context:");
  assert.equal(contextsOf(own(edited), lab), ["mine"]);
  const refreshed = merge(edited, "k3s-lab", { lab, config: { ...config, server: "https://10.77.0.10:6443" } });
  assert.match(refreshed, "namespace: dev");
  assert.equal(contextsOf(own(refreshed), lab), ["mine"]);
  assert.is(removeLab(own(refreshed), lab), ofKubectl);
});

test("an entry of the same name that is not the lab's is neither taken nor removed", () => {
  const foreign = merge(ofKubectl, "k3s-lab", { lab: "/elsewhere/.lab", config });
  assert.is(freeName(["k3s-lab", "k3s-lab-0a1b2c"], [own(foreign)], lab), "k3s-lab-0a1b2c");
  assert.is(freeName(["k3s-lab"], [own(ofKubectl), own(foreign)], lab), "k3s-lab-2");
  assert.is(freeName(["k3s-lab"], [own(foreign)], "/elsewhere/.lab"), "k3s-lab");
  assert.is(freeName(["me", "you"], [own(ofKubectl)], lab), "you", "a user's name is taken, too");
  const both = merge(foreign, "k3s-lab-0a1b2c");
  assert.is(removeLab(own(both), lab), foreign);
  assert.is(removeLab(own(both), "/elsewhere/.lab"), merge(ofKubectl, "k3s-lab-0a1b2c"));
  const replaced = merge(ofKubectl).replace(/^ {4}extensions:\n(?: {4}.*\n)+/gm, "");
  assert.is(removeLab(own(replaced), lab), replaced, "another program has made its own of it");
});

test("the current context is set and cleared alone", () => {
  const whole = merge(ofKubectl);
  assert.is(currentContext(own(whole)), "work");
  const used = useContext(own(whole), "k3s-lab");
  assert.is(used, whole.replace("current-context: work", "current-context: k3s-lab"));
  const cleared = useContext(own(used), "");
  assert.is(cleared, whole.replace("current-context: work", 'current-context: ""'));
  assert.is(currentContext(own(cleared)), undefined);
  assert.is(currentContext(own(useContext(own(merge("")), "k3s-lab"))), "k3s-lab");
});

for (const [text, what] of [
  ["a: [", /^config: is no kubeconfig: it is not YAML: .+\[LAB-KUB-004\]$/],
  ["- a\n", /it has no keys/],
  ["just words\n", /it has no keys/],
  ["kind: Pod\n", /it has kind: Pod, expected Config/],
  ["clusters: {a: 1}\n", /is no kubeconfig: clusters is no list of entries/],
  ["a: 1\na: 2\n", /it is not YAML: Map keys must be unique/],
] as const) {
  test(`${JSON.stringify(text)} is refused`, () => {
    assert.throws(() => merge(text), what);
  });
}

test.run();
