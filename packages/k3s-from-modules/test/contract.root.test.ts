import { isRoot, rootOnly } from "@k3s-lab/testbed";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { eventually } from "./eventually.js";
import { container, daemonSet, manifest, service } from "./pods.js";
import { addresses, makeCluster, type NodeName, nodes, type TestCluster } from "./world.js";

const test = suite("k3s from modules, on three nodes");
const rootTest = rootOnly("k3s from modules, on three nodes", test);

let cluster: TestCluster;
test.before(async () => {
  if (isRoot) cluster = await makeCluster();
});
test.after(async () => {
  if (isRoot) await cluster?.[Symbol.asyncDispose]();
});

const server = "/var/lib/rancher/k3s/server";

/** Each URL with the status or the first line of its answer, asked from the host. */
async function fetchAll(urls: readonly string[], what: "status" | "text"): Promise<Readonly<Record<string, string>>> {
  const script = `const [what, ...urls] = process.argv.slice(1);
    const ask = (url) => fetch(url, { signal: AbortSignal.timeout(5000), keepalive: false })
      .then(async (r) => what === "status" ? String(r.status) : (await r.text()).split("\\n")[0], (e) => String(e.cause ?? e));
    Promise.all(urls.map(async (url) => [url, await ask(url)])).then((all) => console.log(JSON.stringify(Object.fromEntries(all))));`;
  const env = { NODE_TLS_REJECT_UNAUTHORIZED: "0", NODE_NO_WARNINGS: "1" };
  return JSON.parse(await cluster.host(process.execPath, ["-e", script, what, ...urls], { env })) as Record<
    string,
    string
  >;
}

/** One pod of an app for each node. */
async function podsOf(
  app: string,
): Promise<Readonly<Record<NodeName, { readonly name: string; readonly ip: string }>>> {
  const path = "{range .items[*]}{.spec.nodeName} {.metadata.name} {.status.podIP}{'\\n'}{end}";
  const lines = (await cluster.kubectl(`get pods -l app=${app} -o jsonpath="${path}"`)).split("\n").filter(Boolean);
  const pods = lines.map((line) => line.split(" "));
  return Object.fromEntries(pods.map(([node, name, ip]) => [node, { name, ip }])) as never;
}

rootTest("the one file that nodes need has at most 100 MB", async () => {
  const size = Number(await cluster.at("agent1", "stat -L -c %s /usr/local/bin/k3s"));
  assert.ok(size > 50e6 && size <= 100e6, `${size} bytes`);
});

rootTest("anonymous requests are refused, by the API and by every kubelet", async () => {
  const api = `https://${addresses.multi}:6443`;
  const closed = ["/api", "/version", "/healthz", "/metrics"].map((path) => api + path);
  const kubelets = nodes.flatMap((node) =>
    ["/pods", "/metrics", "/healthz"].map((p) => `https://${addresses[node]}:10250${p}`),
  );
  const seen = await fetchAll([...closed, ...kubelets, `${api}/ping`, `${api}/cacerts`], "status");
  for (const url of [...closed, ...kubelets]) assert.is(seen[url], "401", url);
  assert.is(seen[`${api}/ping`], "200");
  assert.is(seen[`${api}/cacerts`], "200");
});

rootTest("nodes and their parts may do what is theirs only", async () => {
  const may = async (who: string, what: string) =>
    (await cluster.attempt("agent1", `kubectl --kubeconfig /var/lib/rancher/k3s/agent/${who}.kubeconfig ${what}`))
      .output;
  assert.match(await may("kubelet", "get node agent1 -o name"), "node/agent1");
  assert.match(await may("kubelet", "label node agent2 x=y"), "only its own Node object");
  for (const who of ["kubelet", "kubeproxy", "k3scontroller"]) {
    assert.match(await may(who, "get secrets -A"), "forbidden", who);
  }
});

rootTest("tokens are K3s' tokens, in K3s' files", async () => {
  const lines = await cluster.at(
    "multi",
    `cd ${server}; cat token node-token agent-token; sha256sum <tls/server-ca.crt; readlink node-token; stat -c %a token agent-token`,
  );
  const [token, nodeToken, agentToken, sum, link, ...modes] = lines.split("\n");
  const hash = sum?.split(" ")[0];
  assert.match(token ?? "", new RegExp(`^K10${hash}::server:.+`));
  assert.is(nodeToken, token);
  assert.match(agentToken ?? "", new RegExp(`^K10${hash}::node:.+`));
  assert.is(link, "token");
  assert.equal(modes, ["600", "600"]);
});

rootTest("what it does not have it refuses by name", async () => {
  const refusals: readonly (readonly [string, string])[] = [
    ["k3s server --nonsense", 'unknown flag "nonsense"'],
    ["k3s server --cluster-init=perhaps", 'cluster-init is "perhaps", want true or false'],
    ["k3s server --cluster-cidr=10.42.0.0/16,fd00::/56", "dual-stack is not supported"],
    [
      "k3s server --disable=traefik,metrics-server,local-storage,servicelb,coredns,network-policy,nonsense",
      'unknown component "nonsense"',
    ],
    ["k3s server -c <(echo nonsense: true)", 'unknown key "nonsense"'],
    ["k3s server --server https://10.76.0.99:6443", "is needed to join a server"],
    ["K3S_URL=http://10.76.0.10:6443 k3s agent", "https://"],
    ["K3S_URL=https://10.76.0.10:6443 k3s agent --token x --flannel-iface none0", "flannel-iface none0"],
    ["k3s agent --tls-san x", "for servers only"],
    ["k3s token nonsense", 'unknown command "nonsense"'],
    ["k3s certificate rotate --service=cloud-controller", "cloud controller manager is not part of this binary"],
    ["k3s certificate rotate-ca --path=/tmp", "does not have"],
    ["k3s etcd-snapshot save", "etcd database not found in"],
    ["k3s nonsense", 'unknown command "nonsense"'],
  ];
  const script = refusals.map(([command]) => `output=$(${command} 2>&1); code=$?; echo $output; echo $code`).join("\n");
  const lines = (await cluster.at("agent1", script)).split("\n");
  for (const [i, [command, expected]] of refusals.entries()) {
    assert.match(lines[2 * i] ?? "", expected, command);
    assert.is(lines[2 * i + 1], "1", command);
  }
  assert.match(
    await cluster.at("agent1", "k3s --version"),
    /^k3s version v[\d.]+\+modules \(\w{12}\)\n.*not a K3s release/,
  );
});

rootTest("a node that should not join is told why", async () => {
  const join = (token: string) =>
    cluster.attempt(
      "agent1",
      `K3S_URL=https://10.76.0.10:6443 K3S_TOKEN=${token} timeout 20 k3s agent -c <(grep -v token /etc/rancher/k3s/config.yaml)`,
    );
  const token = await cluster.at("agent1", "cat /etc/rancher/k3s/token; systemctl stop k3s-agent");
  const password = "/etc/rancher/node/password";
  try {
    for (const [what, given, output] of [
      ["the hash of another CA", token.replace(/K10\w{8}/, "K1000000000"), "is not the server the token is for"],
      ["another password", `${token}x`, "the token's password is not this cluster's"],
    ] as const) {
      const { exitCode, output: seen } = await join(given);
      assert.match(seen, output, what);
      assert.is(exitCode, 1, what);
    }
    await cluster.at("agent1", `mv ${password} /root/password`);
    const { exitCode, output } = await join(token);
    assert.match(output, "another machine joined under this name", output);
    assert.is(exitCode, 1);
  } finally {
    await cluster.at("agent1", `mv /root/password ${password} 2>/dev/null; systemctl start k3s-agent`);
  }
  await cluster.kubectl("wait --for=condition=Ready --timeout=60s node/agent1");
});

rootTest("the log tells in K3s' words what tools wait for", async () => {
  const count = (node: NodeName, unit: string, words: string) =>
    cluster.at(node, `journalctl -q -u ${unit} -o cat | grep -c '${words}'`);
  assert.is(await count("multi", "k3s", "k3s is up and running"), "1");
  assert.is(await count("multi", "k3s", "Running kube-apiserver --"), "1");
  assert.ok(Number(await count("agent2", "k3s-agent", "Successfully registered node")) > 0);
});

rootTest("the administrator's certificate is kept over restarts, and made anew when it was rotated", async () => {
  const kubeconfig = "/etc/rancher/k3s/k3s.yaml";
  const sums = () => cluster.at("multi", `sha256sum ${kubeconfig} ${server}/tls/*.crt ${server}/tls/*.key`);
  const before = await sums();
  await cluster.at("multi", "systemctl restart k3s");
  assert.is(await sums(), before);

  const table = await cluster.at("multi", "k3s certificate check --output table 2>/dev/null");
  assert.match(table, /^client-admin\.crt +system:admin +ClientAuth +\w{3} \d\d, \d{4} \d\d:\d\d \w+ +1 year +OK$/m);
  assert.match(table, /^serving-kubelet\.crt +multi +ServerAuth .* OK$/m);
  const rotated = await cluster.at(
    "multi",
    "systemctl stop k3s; k3s certificate rotate --service admin,kubelet 2>&1; systemctl start k3s",
  );
  assert.match(rotated, /Successfully backed up certificates to \S+\/server\/tls-\d+, please restart k3s/);
  assert.match(await cluster.at("multi", `ls ${server}/tls-*`), "client-admin.key");
  const changed = (await sums()).split("\n").filter((line) => !before.includes(line));
  assert.equal(
    changed.map((line) => line.replace(/.*[ /]/, "")),
    ["k3s.yaml", "client-admin.crt", "client-admin.key"],
  );
  await cluster.kubectl("get node multi"); // as the new administrator

  await cluster.at("agent2", "systemctl stop k3s-agent; k3s certificate rotate 2>&1; systemctl start k3s-agent");
  const key = "client-kubelet.key";
  const keys = `cd /var/lib/rancher/k3s/agent; sha256sum ${key} tls-*/${key} | cut -d' ' -f1 | sort -u | wc -l`;
  await eventually(
    "another key",
    () => cluster.attempt("agent2", keys),
    ({ output }) => output.trim() === "2",
  );
  await cluster.kubectl("wait --for=condition=Ready --timeout=60s node --all");
});

rootTest("a bootstrap token lets a node in, and the node outlives it", async () => {
  const file = "/etc/rancher/k3s/token";
  const token = await cluster.at("multi", "k3s token create --ttl 10m --description 'of a test'");
  assert.match(token, /^K10[0-9a-f]{64}::[a-z0-9]{6}\.[a-z0-9]{16}$/);
  const id = token.replace(/.*::/, "").slice(0, 6);
  const list = await cluster.at("multi", "k3s token list");
  assert.match(list, /^TOKEN +TTL +EXPIRES +USAGES +DESCRIPTION +EXTRA GROUPS$/m);
  assert.match(
    list,
    new RegExp(`^${id} +\\dm .*authentication,signing +of a test +system:bootstrappers:k3s:default-node-token$`, "m"),
  );

  const joined = () => cluster.at("agent1", "journalctl -q -u k3s-agent -o cat | grep -c 'msg=joined'");
  const restart = async () => {
    const before = await joined();
    await cluster.at("agent1", "systemctl restart k3s-agent");
    await eventually("that it joined", joined, (seen) => Number(seen) > Number(before));
  };
  await cluster.at("agent1", `cp -p ${file} /root/token; cat >${file}`, { input: token });
  try {
    await cluster.at("agent1", "rm /var/lib/rancher/k3s/agent/client-kubelet.crt"); // only the token can let it in
    await restart();
    assert.is(await cluster.at("multi", `k3s token delete ${id}`), `bootstrap token "${id}" deleted`);
    await restart();
  } finally {
    await cluster.at("agent1", `mv /root/token ${file}; systemctl restart k3s-agent`);
  }
  await cluster.kubectl("wait --for=condition=Ready --timeout=60s node/agent1");
});

rootTest("the server's token is rotated while it runs", async () => {
  const read = () => cluster.at("multi", `cat ${server}/token`);
  const [old, ofAgents] = [await read(), await cluster.at("multi", `cat ${server}/agent-token`)];
  const rotate = (args: string) => cluster.attempt("multi", `k3s token rotate ${args}`);
  assert.match((await rotate("")).output, "Token rotated, restart k3s nodes with new token");
  const made = await read();
  assert.match(made, /^K10[0-9a-f]{64}::server:\w{32}$/);
  assert.is.not(made, old);
  const { exitCode, output } = await rotate(`--token ${old}`);
  assert.match(output, "the token is not this server's own");
  assert.is(exitCode, 1);
  // The lab's own again: its configuration gives it to the next start, which takes no other.
  await rotate(`--server https://${addresses.multi}:6443 --new-token ${old}`);
  assert.is(await read(), old);
  assert.is(await cluster.at("multi", `cat ${server}/agent-token`), ofAgents);
});

rootTest(
  "manifests are applied when they come, when they change, and when they changed while K3s was stopped",
  async () => {
    const write = (value: string) =>
      cluster.at("multi", `cat >${server}/manifests/value.yaml`, {
        input: manifest({
          apiVersion: "v1",
          kind: "ConfigMap",
          metadata: { name: "value", namespace: "default" },
          data: { value },
        }),
      });
    const value = async () =>
      (await cluster.attempt("multi", "kubectl get configmap value -o jsonpath={.data.value}")).output.trim();
    for (const next of ["one", "two"]) {
      await write(next);
      await eventually(`value ${next}`, value, (seen) => seen === next);
    }
    await cluster.at("multi", "systemctl stop k3s");
    await write("three");
    await cluster.at("multi", "systemctl start k3s");
    await eventually("value three", value, (seen) => seen === "three");
  },
);

rootTest("pods, Services, node ports, host ports and load balancers answer from everywhere", async () => {
  const objects = manifest(
    daemonSet("echo", 8080, { hostPort: 8088 }),
    daemonSet("host", 9099, { hostNetwork: true, dnsPolicy: "ClusterFirstWithHostNet" }),
    service("echo", "echo", 80, 8080),
    service("balanced", "echo", 8081, 8080, { type: "LoadBalancer" }),
    service("on-nodes", "echo", 80, 8080, {
      type: "NodePort",
      ports: [{ port: 80, targetPort: 8080, nodePort: 30080 }],
    }),
  );
  await cluster.kubectl("apply -f -", objects);
  await cluster.kubectl("rollout status --timeout=60s ds/echo ds/host");
  const everyNode = nodes.map((node) => addresses[node]);
  const published = () => cluster.kubectl("get service balanced -o jsonpath={.status.loadBalancer.ingress[*].ip}");
  await eventually("every node's address", published, (ips) => ips === everyNode.join(" "));

  const urls = everyNode.flatMap((ip) => [8081, 30080, 8088, 9099].map((port) => `http://${ip}:${port}/`));
  const answers = () => fetchAll(urls, "text");
  const all = await eventually("an answer of all", answers, (seen) =>
    Object.values(seen).every((text) => / on \w+$/.test(text)),
  );
  for (const node of nodes) {
    assert.match(all[`http://${addresses[node]}:8088/`] ?? "", new RegExp(`^echo-.* on ${node}$`));
    assert.match(all[`http://${addresses[node]}:9099/`] ?? "", new RegExp(`^host-.* on ${node}$`));
  }

  const [echo, onHost] = [await podsOf("echo"), await podsOf("host")];
  for (const from of [...Object.values(echo), ...Object.values(onHost)]) {
    const run = (args: string) => `kubectl exec ${from.name} -- /bin/testpod ${args}`;
    const gets = Object.values(echo).map(({ ip }) => run(`get http://${ip}:8080`));
    const services = ["http://echo", "http://echo.default.svc.cluster.local", `http://${addresses.agent1}:8081`].map(
      (url) => run(`get ${url}`),
    );
    const lookups = ["kubernetes.default.svc.cluster.local", "agent2"].map((name) => run(`lookup ${name}`));
    const script = ["set -e", ...gets, ...services, ...lookups].join("\n");
    // A node's kube-proxy and CoreDNS may learn of a Service later than the nodes that were asked above.
    const answered = () => cluster.attempt("multi", script);
    const { output } = await eventually(`answers to ${from.name}`, answered, ({ exitCode }) => exitCode === 0);
    const lines = output.trim().split("\n");
    assert.equal(
      lines.slice(0, 3),
      Object.entries(echo).map(([node, { name }]) => `${name} on ${node}`),
      from.name,
    );
    for (const line of lines.slice(3, 6)) assert.match(line, /^echo-\w+ on \w+$/, from.name);
    assert.equal(lines.slice(6), ["10.43.0.1", addresses.agent2], from.name);
  }
});

rootTest("logs, exec with input and terminal, cp and port-forward work with pods on every node", async () => {
  for (const [node, { name }] of Object.entries(await podsOf("echo"))) {
    const lines = await cluster.at(
      "multi",
      `set -e
      kubectl logs ${name} | head -1
      echo "input for ${node}" | kubectl exec -i ${name} -- /bin/testpod cat
      echo "copied to ${node}" >/tmp/there
      kubectl cp /tmp/there ${name}:/tmp/file
      kubectl exec ${name} -- /bin/testpod read /tmp/file
      kubectl cp ${name}:/tmp/file /tmp/back && cat /tmp/back
      kubectl exec ${name} -- /bin/testpod read /nothing 2>/dev/null || echo "exit $?"
      kubectl port-forward ${name} 18080:8080 >/tmp/forward & forward=$!
      until grep -q 'Forwarding from 127' /tmp/forward; do sleep 0.05; done
      exec 3<>/dev/tcp/127.0.0.1/18080; printf 'GET / HTTP/1.0\\r\\n\\r\\n' >&3; tail -1 <&3; exec 3>&-
      kill $forward; rm /tmp/forward`,
    );
    assert.equal(
      lines.split("\n"),
      [
        "serving on :8080",
        `input for ${node}`,
        `copied to ${node}`,
        `copied to ${node}`,
        "exit 3",
        `${name} on ${node}`,
      ],
      node,
    );
    const terminal = await cluster.kubectlOnTerminal(`exec -it ${name} -- /bin/testpod terminal`);
    assert.match(terminal, "terminal: true", node);
  }
});

rootTest("an admission webhook works from another node than the server", async () => {
  const hook = {
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name: "hook", namespace: "default", labels: { app: "hook" } },
    spec: {
      nodeName: "agent2",
      terminationGracePeriodSeconds: 0,
      containers: [container(["webhook", "hook.default.svc"])],
    },
  };
  await cluster.kubectl("apply -f -", manifest(hook, service("hook", "hook", 443, 8443)));
  await cluster.kubectl("wait --for=condition=Ready --timeout=60s pod/hook");
  const certificate = await eventually(
    "its certificate",
    () => cluster.kubectl("logs hook"),
    (output) => output.includes("END CERTIFICATE"),
  );
  await cluster.kubectl(
    "apply -f -",
    manifest({
      apiVersion: "admissionregistration.k8s.io/v1",
      kind: "MutatingWebhookConfiguration",
      metadata: { name: "hook" },
      webhooks: [
        {
          name: "hook.default.svc",
          admissionReviewVersions: ["v1"],
          sideEffects: "None",
          timeoutSeconds: 5,
          failurePolicy: "Fail",
          clientConfig: {
            service: { name: "hook", namespace: "default", path: "/" },
            caBundle: Buffer.from(certificate).toString("base64"),
          },
          rules: [{ apiGroups: [""], apiVersions: ["v1"], resources: ["configmaps"], operations: ["CREATE"] }],
        },
      ],
    }),
  );
  const map = (name: string, labels: object) =>
    manifest({ apiVersion: "v1", kind: "ConfigMap", metadata: { name, labels } });
  const annotated = async () => {
    await cluster.kubectl("apply -f -", map("marked", {}));
    const seen = await cluster.kubectl("get configmap marked -o jsonpath={.metadata.annotations.webhook}");
    await cluster.kubectl("delete configmap marked");
    return seen;
  };
  await eventually("the webhook's mark", annotated, (seen) => seen === "agent2");
  const refused = await cluster.attempt("multi", `kubectl apply -f - <<<'${map("refused", { deny: "yes" })}'`);
  assert.match(refused.output, "refused by the webhook on agent2");
  await cluster.kubectl("delete mutatingwebhookconfiguration/hook pod/hook service/hook");
});

rootTest("crictl and ctr see the node's containers, under their own names and k3s'", async () => {
  const output = await cluster.at(
    "agent1",
    `set -e
    crictl pods | grep -c echo; k3s crictl images -q | wc -l
    id=$(crictl ps -q --output table | head -1); crictl exec $id /bin/testpod read /etc/resolv.conf | grep -c 10.43.0.10
    crictl logs --tail 1 $id | wc -l; ctr containers ls -q | grep -c . ; k3s ctr images ls -q | grep testpod`,
  );
  const [pods, images, resolver, log, containers, image] = output.split("\n");
  assert.equal([pods, resolver, log, image], ["1", "1", "1", "docker.io/library/testpod:1"]);
  assert.ok(Number(images) >= 3 && Number(containers) >= 4, output);
});

test.run();
