import { parseCidr } from "@k3s-lab/ip";
import { proxiesFor } from "../../src/config/proxies.js";
import { suite } from "uvu";
import * as assert from "uvu/assert";

const test = suite("cluster proxies");
const inside = {
  subnet: parseCidr("10.76.0.0/24"),
  podCidr: parseCidr("10.42.0.0/16"),
  serviceCidr: parseCidr("10.43.0.0/16"),
  nodes: ["multi"],
};

test("without a proxy nothing is set, not even what would be excepted from it", () => {
  assert.equal(proxiesFor({ NO_PROXY: "intranet" }, inside), {});
  assert.equal(proxiesFor({ HTTP_PROXY: "" }, inside), {});
});

test("the lab is never asked through the caller's proxy", () => {
  assert.equal(proxiesFor({ https_proxy: "http://proxy:3128", no_proxy: "intranet, localhost" }, inside), {
    HTTPS_PROXY: "http://proxy:3128",
    NO_PROXY: "intranet,localhost,127.0.0.0/8,10.76.0.0/24,10.42.0.0/16,10.43.0.0/16,.svc,.cluster.local,multi",
  });
});

test.run();
