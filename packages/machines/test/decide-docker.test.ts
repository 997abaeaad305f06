import { once } from "node:events";
import { createServer } from "node:net";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { freePorts, onLoopback } from "../src/decide-docker.js";

const test = suite("machines decide docker");

test("a lab has the same two ports whenever it asks, and another lab has others", async () => {
  const ports = await freePorts("0123ab");
  assert.equal(await freePorts("0123ab"), ports);
  assert.is(new Set([...ports, ...(await freePorts("fedcba"))]).size, 4);
  for (const port of ports) assert.ok(port >= 16_384 && port < 32_768);
});

test("a port that is taken is passed over", async () => {
  const [first] = await freePorts("0123ab");
  const server = createServer().listen(first, "127.0.0.1");
  await once(server, "listening");
  const without = await freePorts("0123ab");
  server.close();
  assert.not.ok(without.includes(first));
});

test("nothing is offered to the LAN unless an address is written", () => {
  assert.is(onLoopback("8080:80"), "127.0.0.1:8080:80");
  assert.is(onLoopback("8080:80/udp"), "127.0.0.1:8080:80/udp");
  assert.is(onLoopback("0.0.0.0:8080:80"), "0.0.0.0:8080:80");
});

test.run();
