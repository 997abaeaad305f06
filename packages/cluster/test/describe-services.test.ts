import { suite } from "uvu";
import * as assert from "uvu/assert";
import { type Service, servicesFor } from "../src/describe-services.js";

const test = suite("cluster describe-services");

const service = (name: string, type: string, ports: Required<Service>["spec"]["ports"], labels = {}): Service => ({
  metadata: { name, namespace: "default", labels },
  spec: { type, ports: ports ?? [] },
});
const all = [
  service("web", "LoadBalancer", [{ port: 80 }]),
  service("dns", "LoadBalancer", [{ port: 5353, protocol: "UDP" }]),
  service("inner", "ClusterIP", [{ port: 80 }]),
  service("kube-registry", "LoadBalancer", [{ port: 5000 }], { "kubernetes.io/name": "KubeRegistry" }),
];

test("where the host reaches nodes, it reaches the port there, and what Docker publishes besides", () => {
  assert.equal(servicesFor(all, { node: "10.76.0.10", published: undefined }), [
    { namespace: "default", name: "web", ports: [{ port: 80, protocol: "TCP", at: ["10.76.0.10:80"] }] },
    { namespace: "default", name: "dns", ports: [{ port: 5353, protocol: "UDP", at: ["10.76.0.10:5353"] }] },
  ]);
  const [web] = servicesFor(all, { node: "10.76.0.10", published: ["127.0.0.1:8080:80"] });
  assert.equal(web?.ports[0]?.at, ["10.76.0.10:80", "127.0.0.1:8080"]);
});

test("where it reaches none, what is not published is told with what would publish it", () => {
  const portsOf = (published: readonly string[]) =>
    servicesFor(all, { node: undefined, published }).map(({ ports: [port] }) => [port?.at, port?.publish]);
  assert.equal(portsOf([]), [
    [[], "8080:80"],
    [[], "5353:5353/udp"],
  ]);
  assert.equal(portsOf(["0.0.0.0:8081:80/tcp", "[::1]:5353:5353/udp"]), [
    [["0.0.0.0:8081"], undefined],
    [["[::1]:5353"], undefined],
  ]);
  assert.equal(portsOf(["127.0.0.1:5353:5353"])[1], [[], "5353:5353/udp"], "TCP leads to no UDP");
});

test.run();
