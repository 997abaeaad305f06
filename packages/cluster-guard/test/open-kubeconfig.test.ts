import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { type AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { ClusterApi } from "../src/cluster-api.js";
import { openKubeconfig } from "../src/open-kubeconfig.js";
import { checkRights } from "../src/rights.js";
import { refusal } from "./refusal.js";

const test = suite<{ dir: string; file: string }>("cluster-guard open-kubeconfig");

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

test("a context is chosen by the file, or by name", async ({ file }) => {
  writeFileSync(file, kubeconfig("https://10.0.0.1:6443"));
  assert.is((await openKubeconfig([file])).context, "good");
  assert.is((await openKubeconfig([file], { context: "good" })).connection.server, "https://10.0.0.1:6443");
});

test("what is wrong in it is reported before anything is asked", async ({ dir, file }) => {
  const cases: readonly (readonly [string | undefined, string | undefined, string])[] = [
    [undefined, undefined, "config: does not exist, expected a kubeconfig."],
    ["{", undefined, "config: is not a kubeconfig: "],
    ["hello", undefined, "config: is not a kubeconfig: expected keys with values."],
    ["\uFEFF", undefined, "config: names no current context; it has none."],
    [
      "users: [{ name: u, user: { token: 5 } }]",
      undefined,
      "is not a kubeconfig: users.0.user.token: expected a text.",
    ],
    [
      kubeconfig(""),
      undefined,
      "the cluster of its context good has the server nothing, expected a URL such as https://",
    ],
    [kubeconfig("10.0.0.1:6443"), undefined, "has the server 10.0.0.1:6443, expected a URL"],
    [kubeconfig("https://h", "{ client-certificate: gone.pem }"), undefined, "gone.pem cannot be read (ENOENT)."],
    [
      kubeconfig("https://h").replace("insecure-", 'proxy-url: "ftp://p", insecure-'),
      undefined,
      "its proxy-url is not a URL of http, https or socks5.",
    ],
    [
      kubeconfig("x").replace(/current-.*/, ""),
      undefined,
      "names no current context; it has good, no-cluster, no-user.",
    ],
    [kubeconfig("x"), "god", "has no context god; it has good, no-cluster, no-user (did you mean good?). Choose one"],
    [kubeconfig("x"), "better", "has no context better; it has good, no-cluster, no-user. Choose one by --context."],
    [kubeconfig("x"), "no-cluster", "its context no-cluster is of the cluster x, which is not in it."],
    [kubeconfig("x"), "no-user", "its context no-user names the user x, which is not in it."],
  ];
  for (const [text, context, expected] of cases) {
    if (text !== undefined) writeFileSync(file, text);
    const { message, exitCode } = await refusal(() => openKubeconfig([file], { context }));
    assert.match(message, expected);
    assert.is(exitCode, 2, expected);
  }
  assert.match((await refusal(() => openKubeconfig([dir]))).message, `${dir}: is a folder, expected a kubeconfig.`);
  // As PowerShell's `>` writes it.
  writeFileSync(file, Buffer.from(`\uFEFF${kubeconfig("https://h")}`, "utf16le"));
  assert.match((await refusal(() => openKubeconfig([file]))).message, `${file}: is UTF-16, expected UTF-8. Save it`);
});

test("a cluster that is not reached, or refuses, is reported with what was seen", async ({ file }) => {
  const ask = (server: string, user?: string) => {
    writeFileSync(file, kubeconfig(server, user));
    return refusal(async () => new ClusterApi(await openKubeconfig([file]), new AbortController().signal).nodes());
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

test("several files are one, and the first that has a name counts", async ({ dir, file }) => {
  const other = join(dir, "other", "config");
  mkdirSync(dirname(other));
  writeFileSync(file, kubeconfig("https://one").replace("current-context: good", ""));
  writeFileSync(other, kubeconfig("https://two", "{ tokenFile: token }").replaceAll("name: u,", "name: x,"));
  writeFileSync(join(dir, "other", "token"), "from-file\n");
  const { context, connection } = await openKubeconfig([join(dir, "gone"), file, other], { context: "no-user" });
  assert.is(context, "no-user");
  assert.is(connection.server, "https://one");
  // A path begins at the folder of its own file, and a token in a file is read again each time.
  assert.equal((await connection.access()).headers, { authorization: "Bearer from-file" });
  writeFileSync(join(dir, "other", "token"), "renewed\n");
  assert.equal((await connection.access()).headers, { authorization: "Bearer renewed" });
  assert.is((await openKubeconfig([file, other])).context, "good");
  const gone = await refusal(() => openKubeconfig([join(dir, "gone"), join(dir, "away")]));
  assert.match(gone.message, `${join(dir, "gone")}:${join(dir, "away")}: do not exist, expected a kubeconfig.`);
});

test("a user signs in by a password, by impersonation, or by what an auth-provider has left", async ({ file }) => {
  const access = async (user: string) => {
    writeFileSync(file, kubeconfig("https://h", user));
    return (await openKubeconfig([file])).connection.access();
  };
  assert.equal((await access("{ username: a, password: b }")).headers, { authorization: "Basic YTpi" });
  assert.equal((await access("{ token: t, as: admin, as-groups: [x, y], as-user-extra: { a/b: [c] } }")).headers, {
    authorization: "Bearer t",
    "impersonate-user": "admin",
    "impersonate-group": ["x", "y"],
    "impersonate-extra-a%2Fb": ["c"],
  });
  assert.equal((await access("{ client-certificate-data: YQ==, client-key-data: Yg== }")).cert, Buffer.from("a"));
  const idToken = (exp: number) => `e30.${Buffer.from(JSON.stringify({ exp })).toString("base64url")}.x`;
  const oidc = (exp: number) => access(`{ auth-provider: { name: oidc, config: { id-token: ${idToken(exp)} } } }`);
  assert.equal((await oidc(4e9)).headers, { authorization: `Bearer ${idToken(4e9)}` });
  assert.match(
    (await refusal(() => oidc(1e9))).message,
    "cannot sign in: the id-token of its auth-provider oidc has expired.",
  );
  const gone = await refusal(() => access("{ auth-provider: { name: gcp } }"));
  assert.match(gone.message, "its auth-provider gcp is no longer supported, as in kubectl since 1.26. Use its exec");
});

test("all rights that are missing are named at once", async ({ file }) => {
  await using api = await fakeApi(
    { "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews": 201 },
    ({ verb, resource }) => (verb === "list" ? resource !== "nodes" : verb === "get"),
  );
  writeFileSync(file, kubeconfig(api.server));
  const cluster = new ClusterApi(await openKubeconfig([file]), new AbortController().signal);
  const { message } = await refusal(() => checkRights(cluster, "remove"));
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
