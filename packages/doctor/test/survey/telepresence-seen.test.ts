import { readFileSync } from "node:fs";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { parseTelepresence } from "../../src/survey/telepresence-seen.js";

const test = suite("the status of Telepresence");

/** Written after Telepresence's sources (pkg/client/cli/cmd/status.go): not recorded, since it cannot be installed here. */
const documented = readFileSync(new URL("../fixtures/telepresence-status.documented.json", import.meta.url), "utf8");

const one = {
  connected: true,
  status: "Connected",
  version: "2.20.2",
  context: "k3s-lab",
  server: "https://10.76.0.10:6443",
  manager: "2.20.2",
  subnets: ["10.42.0.0/16", "10.43.0.0/16"],
  alsoProxy: ["203.0.113.0/24"],
  neverProxy: ["10.76.0.10/32"],
};

test("one connection; IPv6 is left out, as a lab has none", () => {
  assert.equal(parseTelepresence(documented), [one]);
});

test("several connections", () => {
  assert.equal(parseTelepresence(`{"connections": [${documented}, ${documented}]}`), [one, one]);
});

test("in Docker, both daemons in one", () => {
  const { user_daemon, root_daemon, traffic_manager } = JSON.parse(documented) as Record<string, object>;
  const daemon = { ...root_daemon, ...user_daemon, in_docker: true };
  assert.equal(parseTelepresence(JSON.stringify({ daemon, traffic_manager })), [one]);
});

test("no daemon runs, or one that is not connected", () => {
  assert.equal(parseTelepresence('{"user_daemon": {}, "root_daemon": {}, "traffic_manager": {}}'), []);
  const idle = '{"user_daemon": {"running": true, "status": "Not connected"}, "root_daemon": {"subnets": null}}';
  const [seen] = parseTelepresence(idle);
  const unknown = { version: undefined, context: undefined, server: undefined, manager: undefined };
  const nothing = { subnets: [], alsoProxy: [], neverProxy: [] };
  assert.equal(seen, { connected: false, status: "Not connected", ...unknown, ...nothing });
});

test("output that is not JSON is refused", () => {
  assert.throws(() => parseTelepresence("Root Daemon: Not running\n"), /telepresence status: printed no JSON/);
});

test.run();
