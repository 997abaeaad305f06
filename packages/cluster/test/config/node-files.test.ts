import { agentTokenFiles, configFiles, environmentFile, serverTokenFiles } from "../../src/config/node-files.js";
import { agent1, cluster, contributed, multi, desired } from "../world.js";
import { suite } from "uvu";
import * as assert from "uvu/assert";

const test = suite("cluster node-files");
const secrets = { serverPassword: "secret-of-servers", agentPassword: "secret-of-agents" };
const token = agentTokenFiles("K10ab::node:x");
const sum = (changes = {}, tokens = token) => environmentFile(desired(agent1, changes), tokens).sum;

test("everything lies where K3s' own installer puts it", () => {
  const paths = (of: typeof multi) => configFiles(desired(of)).map(({ path, mode }) => `${path} ${mode.toString(8)}`);
  assert.equal(paths(multi), [
    "/etc/rancher/k3s/config.yaml 600",
    "/etc/rancher/k3s/registries.yaml 600",
    "/etc/systemd/system/k3s.service 644",
    "/usr/local/bin/k3s-killall.sh 755",
    "/usr/local/bin/k3s-uninstall.sh 755",
  ]);
  assert.ok(paths(agent1).includes("/etc/systemd/system/k3s-agent.service 644"));
  assert.is(environmentFile(desired(agent1), []).path, "/etc/systemd/system/k3s-agent.service.env");
});

test("only files of mode 0600 hold a secret", () => {
  const files = [
    ...configFiles(desired(multi)),
    ...serverTokenFiles(secrets),
    environmentFile(desired(multi), serverTokenFiles(secrets)),
  ];
  const revealing = files.filter(({ content }) => content.includes("secret-of"));
  assert.equal(
    revealing.map(({ path }) => path),
    ["/etc/rancher/k3s/token", "/etc/rancher/k3s/agent-token"],
  );
  assert.ok(revealing.every(({ mode }) => mode === 0o600));
});

test("an agent is told the server and the token's file, not the token", () => {
  const { content, mode } = environmentFile(desired(agent1), token);
  assert.match(content, "K3S_URL='https://10.76.0.10:6443'\n");
  assert.match(content, "K3S_TOKEN_FILE='/etc/rancher/k3s/token'\n");
  assert.not.match(content, "K10");
  assert.is(mode, 0o600);
});

test("the sum follows all that K3s must be restarted for, and nothing else", () => {
  const same = sum();
  assert.is(sum(), same);
  const [registries] = contributed.files;
  const another = { ...registries, content: "mirrors: { a: {} }\n" };
  assert.is.not(sum({ contributed: [another] }), same);
  const certificate = { path: "/etc/x.pem", content: "x", mode: 0o644, keys: [], isReadAtStart: false };
  assert.is(sum({ contributed: [registries, certificate] }), same);
  assert.is.not(sum({ cluster: { ...cluster, sha256: "ef" } }), same);
  assert.is.not(sum({ proxies: { HTTP_PROXY: "http://proxy:3128" } }), same);
  assert.is.not(sum({}, agentTokenFiles("K10cd::node:x")), same);
  // An agent does not know these.
  assert.is(sum({ disable: ["traefik"] }), same);
});

test.run();
