import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { type AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Problem } from "@k3s-lab/problem";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { ClusterApi } from "../src/cluster-api.js";
import { openKubeconfig } from "../src/kubeconfig.js";
import { checkRights } from "../src/rights.js";

const test = suite<{ dir: string; file: string }>("cluster-guard kubeconfig");

test.before.each((context) => {
  context.dir = mkdtempSync(join(tmpdir(), "k3s-lab-kubeconfig-"));
  context.file = join(context.dir, "config");
});
test.after.each(({ dir }) => rmSync(dir, { recursive: true }));

const kubeconfig = (server: string, user = "{ token: sekret }") => `
apiVersion: v1
kind: Config
clusters: [{ name: c, cluster: { server: "${server}", insecure-skip-tls-verify: true } }]
users: [{ name: u, user: ${user} }]
contexts:
  - { name: good, context: { cluster: c, user: u } }
  - { name: no-cluster, context: { cluster: x, user: u } }
  - { name: no-user, context: { cluster: c, user: x } }
current-context: good
`;

const problem = async (act: () => unknown): Promise<Problem> => {
  try {
    await act();
  } catch (error) {
    if (error instanceof Problem) return error;
    throw error;
  }
  throw new Error("it was not refused");
};

test("a context is chosen by the file, or by name", async ({ file }) => {
  writeFileSync(file, kubeconfig("https://10.0.0.1:6443"));
  assert.is((await openKubeconfig(file)).context, "good");
  assert.is((await openKubeconfig(file, "good")).connection.server, "https://10.0.0.1:6443");
});

test("what is wrong in it is reported before anything is asked", async ({ dir, file }) => {
  const cases: readonly (readonly [string | undefined, string | undefined, string])[] = [
    [undefined, undefined, "config: does not exist, expected a kubeconfig."],
    ["{", undefined, "config: is not a kubeconfig: "],
    ["hello", undefined, "config: names no current context; it has none."],
    [
      kubeconfig("x").replace(/current-.*/, ""),
      undefined,
      "names no current context; it has good, no-cluster, no-user.",
    ],
    [kubeconfig("x"), "better", "has no context better; it has good, no-cluster, no-user. Choose one by --context."],
    [kubeconfig("x"), "no-cluster", "its context no-cluster is of the cluster x, which is not in it."],
    [kubeconfig("x"), "no-user", "its context no-user is of the user x, who is not in it."],
  ];
  for (const [text, context, expected] of cases) {
    if (text !== undefined) writeFileSync(file, text);
    const { message, exitCode } = await problem(() => openKubeconfig(file, context));
    assert.match(message, expected);
    assert.is(exitCode, 2, expected);
  }
  assert.match((await problem(() => openKubeconfig(dir))).message, `${dir}: `);
});

test("a cluster that is not reached, or refuses, is reported with what was seen", async ({ file }) => {
  const ask = (server: string, user?: string) => {
    writeFileSync(file, kubeconfig(server, user));
    return problem(async () => new ClusterApi(await openKubeconfig(file), new AbortController().signal).nodes());
  };
  const gone = await ask("http://127.0.0.1:9");
  assert.is(gone.message, "http://127.0.0.1:9: cannot be reached: connect ECONNREFUSED 127.0.0.1:9. [LAB-KUB-002]");
  assert.is(gone.exitCode, 1);
  await using api = await fakeApi({ "/api/v1/nodes": 401 });
  const refused = await ask(api.server);
  assert.match(refused.message, "cannot list nodes: HTTP 401: told so. Sign in again");
  assert.not.match(refused.message, "sekret");
  const plugin = await ask(
    api.server,
    "{ exec: { apiVersion: client.authentication.k8s.io/v1, command: no-such-plugin } }",
  );
  assert.match(plugin.message, "no-such-plugin");
});

test("an exec plugin signs in", async ({ dir, file }) => {
  const plugin = join(dir, "plugin");
  writeFileSync(plugin, `#!/bin/sh\necho '{"status":{"token":"from-plugin"}}'\n`);
  chmodSync(plugin, 0o755);
  await using api = await fakeApi({ "/api/v1/nodes": 200 });
  writeFileSync(
    file,
    kubeconfig(api.server, `{ exec: { apiVersion: client.authentication.k8s.io/v1, command: ${plugin} } }`),
  );
  assert.equal(await new ClusterApi(await openKubeconfig(file), new AbortController().signal).nodes(), []);
  assert.equal(api.tokens, ["Bearer from-plugin"]);
});

test("all rights that are missing are named at once", async ({ file }) => {
  await using api = await fakeApi(
    { "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews": 201 },
    ({ verb, resource }) => (verb === "list" ? resource !== "nodes" : verb === "get"),
  );
  writeFileSync(file, kubeconfig(api.server));
  const cluster = new ClusterApi(await openKubeconfig(file), new AbortController().signal);
  const { message } = await problem(() => checkRights(cluster, "remove"));
  assert.match(
    message,
    "the user of its context good may not list nodes, create pods/exec in kube-system, create daemonsets.apps in kube-system, patch daemonsets.apps in kube-system, delete daemonsets.apps in kube-system.",
  );
});

interface Review {
  readonly verb: string;
  readonly resource: string;
}

/** Answers each path with a status, an access review by what is allowed, and keeps the tokens. */
async function fakeApi(statuses: Readonly<Record<string, number>>, allowed: (review: Review) => boolean = () => true) {
  const tokens: string[] = [];
  const server = createServer(async (request, response) => {
    if (request.headers.authorization) tokens.push(request.headers.authorization);
    let body = "";
    for await (const chunk of request) body += String(chunk);
    const review = body === "" ? undefined : (JSON.parse(body) as { spec: { resourceAttributes: Review } });
    response.writeHead(statuses[request.url ?? ""] ?? 404, { "content-type": "application/json" });
    const status = review && { allowed: allowed(review.spec.resourceAttributes) };
    response.end(JSON.stringify({ message: "told so", items: [], status }));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    server: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    tokens,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

test.run();
