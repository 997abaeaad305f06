import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { emulateHost, lan, serveReleaseIn, rootOnly } from "../src/index.js";

const test = suite("testbed release server in an emulated host");
const rootTest = rootOnly("testbed release server in an emulated host", test);

rootTest("a release is served where its clients are", async () => {
  const dir = mkdtempSync(join(tmpdir(), "k3s-lab-serve-"));
  writeFileSync(join(dir, "k3s"), "0123456789");
  try {
    await using world = await emulateHost();
    const options = { dir, version: "v1.34.4+k3s1", host: lan.hostAddress, port: 8080 };
    await using server = await serveReleaseIn(world.host, options);
    assert.is(server.baseUrl, `http://${lan.hostAddress}:8080/releases/download`);
    const script = `fetch("${server.baseUrl}/v1.34.4%2Bk3s1/k3s").then((a) => a.text()).then(console.log)`;
    assert.is((await world.host.run(process.execPath, ["-e", script])).stdout, "0123456789");
  } finally {
    rmSync(dir, { recursive: true });
  }
});

test.run();
