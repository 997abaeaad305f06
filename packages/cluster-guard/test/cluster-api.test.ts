import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { Problem } from "@k3s-lab/problem";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { ClusterApi, isRefusal } from "../src/cluster-api.js";
import { guardDaemonSet } from "../src/daemon-set.js";

const test = suite("cluster-guard cluster-api");

type Answer = readonly [status: number, body: object];
interface Request {
  readonly method: string | undefined;
  readonly url: string | undefined;
  readonly type: string | undefined;
  readonly body: string;
}

/** An API that gives each request, by method and path, its answer, and keeps what it was asked. */
async function answering(answers: Readonly<Record<string, Answer>>) {
  const asked: Request[] = [];
  const server = createServer(async (request, response) => {
    let body = "";
    for await (const chunk of request) body += String(chunk);
    const { method, url, headers } = request;
    asked.push({ method, url, type: headers["content-type"], body });
    const [status, answer] = answers[`${method} ${url?.split("?")[0]}`] ?? [404, { message: "not found" }];
    response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(answer));
  });
  await once(server.listen(0, "127.0.0.1"), "listening");
  const connection = { server: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, access: () => ({}) };
  const target = { file: "/k/config", context: "work", connection };
  return {
    asked,
    server: connection.server,
    api: new ClusterApi(target, new AbortController().signal),
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
    },
  };
}

const daemonSet = "/apis/apps/v1/namespaces/kube-system/daemonsets/k3s-lab-guard";
const wanted = guardDaemonSet({ image: "i:1", pull: "Never", cidrs: ["10.43.0.0/16"], sources: "abc" });

async function failure(promise: Promise<unknown>): Promise<Problem> {
  const error = await promise.catch((reason: unknown) => reason);
  assert.instance(error, Problem);
  return error as Problem;
}

test("the DaemonSet is read, tried, applied and deleted", async () => {
  await using cluster = await answering({ [`PATCH ${daemonSet}`]: [200, { metadata: { generation: 2 } }] });
  const { api, asked } = cluster;
  assert.is(await api.daemonSet(), undefined);
  assert.equal(await api.apply(wanted, { dryRun: true }), { metadata: { generation: 2 } });
  await api.apply(wanted);
  await api.delete();
  const applied = { method: "PATCH", type: "application/apply-patch+yaml", body: JSON.stringify(wanted) };
  const [read, tried, made, deleted] = asked;
  assert.equal(read, { method: "GET", url: daemonSet, type: undefined, body: "" });
  assert.equal(tried, { ...applied, url: `${daemonSet}?fieldManager=k3s-lab&force=true&dryRun=All` });
  assert.equal(made, { ...applied, url: `${daemonSet}?fieldManager=k3s-lab&force=true` });
  assert.equal(deleted, { method: "DELETE", url: daemonSet, type: undefined, body: "" });
});

test("only the guard's own pods are asked for, and only warnings about it are told", async () => {
  const warning = (name: string) => ({ involvedObject: { name }, reason: "FailedCreate", message: `of ${name}` });
  await using cluster = await answering({
    "GET /api/v1/namespaces/kube-system/pods": [200, { items: [{ metadata: { name: "k3s-lab-guard-x" } }] }],
    "GET /api/v1/namespaces/kube-system/events": [200, { items: [warning("k3s-lab-guard-x"), warning("coredns")] }],
  });
  assert.equal(await cluster.api.pods(), [{ metadata: { name: "k3s-lab-guard-x" } }]);
  assert.equal(await cluster.api.warnings(), ["FailedCreate: of k3s-lab-guard-x"]);
  assert.equal(
    cluster.asked.map(({ url }) => url?.split("?")[1]),
    ["labelSelector=app.kubernetes.io%2Fname%3Dk3s-lab-guard", "fieldSelector=type%3DWarning"],
  );
});

test("ServiceCIDRs are found in either version of their API; a user who may not see them is none", async () => {
  const [v1, v1beta1] = ["v1", "v1beta1"].map((version) => `GET /apis/networking.k8s.io/${version}/servicecidrs`);
  const of = async (answers: Readonly<Record<string, Answer>>) => {
    await using cluster = await answering(answers);
    return await cluster.api.serviceCidrs();
  };
  const items = [{ spec: { cidrs: ["10.43.0.0/16", "fd00:43::/112"] } }];
  assert.equal(await of({ [v1 ?? ""]: [200, { items }] }), ["10.43.0.0/16", "fd00:43::/112"]);
  assert.equal(await of({ [v1beta1 ?? ""]: [200, { items }] }), ["10.43.0.0/16", "fd00:43::/112"]);
  assert.is(await of({ [v1 ?? ""]: [403, { message: "no" }], [v1beta1 ?? ""]: [403, { message: "no" }] }), undefined);
  assert.is(await of({}), undefined);
  const refused = await failure(of({ [v1 ?? ""]: [500, { message: "etcd is away" }] }));
  assert.match(refused.message, /: cannot list ServiceCIDRs: HTTP 500: etcd is away\. \[LAB-GRD-011\]$/);
});

test("a Service with an impossible address is tried without being made", async () => {
  const services = "/api/v1/namespaces/default/services";
  const invalid = "The range of valid IPs is 10.43.0.0/16";
  await using cluster = await answering({ [`POST ${services}`]: [422, { message: invalid }] });
  assert.is(await cluster.api.complaintAbout("192.0.2.1", "IPv4"), invalid);
  assert.is(cluster.asked[0]?.url, `${services}?dryRun=All`);
  assert.equal(JSON.parse(cluster.asked[0]?.body ?? ""), {
    metadata: { generateName: "k3s-lab-guard-" },
    spec: { clusterIP: "192.0.2.1", ipFamilies: ["IPv4"], ipFamilyPolicy: "SingleStack", ports: [{ port: 80 }] },
  });
  await using taking = await answering({ [`POST ${services}`]: [201, {}] });
  assert.is(await taking.api.complaintAbout("192.0.2.1", "IPv4"), undefined);
});

test("a user who may not ask what is allowed is not taken for one who may nothing", async () => {
  const reviews = "POST /apis/authorization.k8s.io/v1/selfsubjectaccessreviews";
  const may = async (answer: Answer) => {
    await using cluster = await answering({ [reviews]: answer });
    return await cluster.api.may({ verb: "list", resource: "nodes" });
  };
  assert.is(await may([201, { status: { allowed: true } }]), true);
  assert.is(await may([201, { status: { allowed: false } }]), false);
  assert.is(await may([403, { message: "no" }]), true);
});

test("a refusal tells what was asked, and what to do; silence is no refusal", async () => {
  const refused = async (status: number) => {
    await using cluster = await answering({ "GET /api/v1/nodes": [status, { message: "told so" }] });
    const problem = await failure(cluster.api.nodes());
    assert.ok(isRefusal(problem));
    return problem.message.replace(`${cluster.server}: `, "");
  };
  assert.is(
    await refused(401),
    "cannot list nodes: HTTP 401: told so. Sign in again: the credentials of context work in /k/config are refused. " +
      "[LAB-GRD-011]",
  );
  assert.is(
    await refused(403),
    "cannot list nodes: HTTP 403: told so. Use a context whose user may do that; work in /k/config may not. [LAB-GRD-011]",
  );
  assert.is(await refused(500), "cannot list nodes: HTTP 500: told so. [LAB-GRD-011]");
  const target = { file: "f", context: "c", connection: { server: "http://127.0.0.1:9", access: () => ({}) } };
  assert.not(isRefusal(await failure(new ClusterApi(target, new AbortController().signal).nodes())));
});

test.run();
