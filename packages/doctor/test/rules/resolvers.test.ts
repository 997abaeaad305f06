import { suite } from "uvu";
import * as assert from "uvu/assert";
import { agent1, hostWith, link, multi, node, route, survey } from "../fixtures/survey.js";
import { finds, seenBy } from "./expect.js";

const test = suite("rules: resolvers");
const asks = (...resolvers: readonly string[]) => [node(multi), node(agent1, { resolvers })];

test("R6: the host, a NAT's proxy, and what only a VPN leads to", () => {
  finds(survey({ nodes: asks("10.76.0.1") }), ["R6 agent1"]);
  finds(survey({ nodes: asks("192.168.77.10", "9.9.9.9") }), ["R6 agent1"]);
  finds(survey({ nodes: asks("10.0.2.3") }), ["R6 agent1"]);
  finds(survey({ nodes: asks("9.9.9.9") }), []);
  const vpn = hostWith({ links: [link("tun0", "tun")], routes: [route("172.20.0.0/16", "tun0")] });
  const behind = survey({ host: vpn, nodes: asks("172.20.0.53") });
  finds(behind, ["R6 agent1", "R11 tun0", "R37 tun0"]);
  assert.match(seenBy(behind, "R6")[0] ?? "", "172.20.0.53 is reached by tun0 (tun) only");
});

test("R7: the same resolver as the host's, behind a user-mode NAT", () => {
  const behindNat = (resolver: string) => {
    const routes = [route("default", "eth0", { gateway: "192.168.5.2" })];
    return survey({ nodes: [node(multi, { ip: { ...node(multi).ip, routes }, resolvers: [resolver] })] });
  };
  finds(behindNat("192.168.77.1"), ["R3 multi", "R7 multi"]);
  finds(behindNat("9.9.9.9"), ["R3 multi"]);
  finds(survey({ nodes: asks("192.168.77.1") }), []);
});

test("R33, R34: whether a node or only its pods resolve no names", () => {
  const one = (more: Parameters<typeof node>[1]) => survey({ nodes: [node(multi, more)] });
  finds(one({}), []);
  finds(one({ lookup: "known", podLookup: "knows it" }), []);
  const broken = one({ lookup: "unknown", podLookup: "knows it" });
  finds(broken, ["R33 multi"]);
  assert.equal(seenBy(broken, "R33"), ["no address from 192.168.77.1; its pods do"]);
  const both = one({ lookup: "nobody", podLookup: "answers SERVFAIL", resolvers: [] });
  finds(both, ["R33 multi"]);
  assert.equal(seenBy(both, "R33"), ["no resolver to ask; nor do its pods"]);
  const pods = one({ lookup: "known", podLookup: "does not answer" });
  finds(pods, ["R34 multi"]);
  assert.equal(seenBy(pods, "R34"), ["10.43.0.10 does not answer"]);
  // No pod could be asked from.
  finds(one({ lookup: "known" }), []);
});

test.run();
