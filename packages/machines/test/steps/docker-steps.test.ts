import { suite } from "uvu";
import * as assert from "uvu/assert";
import { networkOptions } from "../../src/steps/docker-steps.js";

const test = suite("machines docker steps");

test("on Linux the network is on the lab's own bridge, which the lab translates itself", () => {
  assert.equal(networkOptions("0123ab", "linux"), {
    "com.docker.network.bridge.name": "k3slab-0123ab",
    "com.docker.network.bridge.enable_ip_masquerade": "false",
  });
});

test("elsewhere it is Docker's own, in its virtual machine", () => {
  for (const platform of ["darwin", "win32"] as const) assert.equal(networkOptions("0123ab", platform), {});
});

test.run();
