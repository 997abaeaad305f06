import { aptProxies } from "../../src/rootfs/apt-proxies.js";
import { suite } from "uvu";
import * as assert from "uvu/assert";

const test = suite("machines apt proxies");
const mirror = "http://mirror.corp/debian";

test("apt gets the environment's proxy however it is written", () => {
  const env = { HTTP_PROXY: "http://p:1", https_proxy: "http://q:2", NO_PROXY: "intranet", OTHER: "x" };
  assert.equal(aptProxies("", mirror, env), {
    http_proxy: "http://p:1",
    https_proxy: "http://q:2",
    no_proxy: "intranet",
  });
  assert.equal(aptProxies("", mirror, {}), {});
  assert.equal(aptProxies("", mirror, { HTTPS_PROXY: "p:1" }), { https_proxy: "http://p:1" });
  assert.equal(aptProxies("", mirror, { http_proxy: "DIRECT" }), { http_proxy: undefined });
});

// What `apt-config dump` prints with Ubuntu's 90curtin-aptproxy.
const proxied = 'Acquire "";\nAcquire::http "";\nAcquire::http::Proxy "http://u:p@192.168.1.5:3128";\n';

test("apt's own configuration counts more, and serves HTTPS too", () => {
  const both = { http_proxy: "http://u:p@192.168.1.5:3128", https_proxy: "http://u:p@192.168.1.5:3128" };
  assert.equal(aptProxies(proxied, mirror, {}), both);
  assert.equal(aptProxies(proxied, mirror, { http_proxy: "http://other:1" }), both);
  assert.equal(aptProxies(`${proxied}Acquire::HTTPS::proxy "http://s:2";\n`, mirror, {}), {
    ...both,
    https_proxy: "http://s:2",
  });
});

test("the proxy of one host is for that host, and DIRECT is none", () => {
  const own = `${proxied}Acquire::http::Proxy::mirror.corp "http://own:3";\nAcquire::http::Proxy::near "DIRECT";\n`;
  assert.equal(aptProxies(own, mirror, { no_proxy: "intranet" }), {
    http_proxy: "http://own:3",
    https_proxy: "http://own:3",
    no_proxy: "intranet,near",
  });
  const direct = aptProxies('Acquire::http::Proxy "DIRECT";\n', mirror, { http_proxy: "http://p:1" });
  assert.equal(direct, { http_proxy: undefined, https_proxy: undefined });
});

test("what a program of apt's has detected counts most", () => {
  assert.equal(aptProxies(proxied, mirror, {}, "http://found:4").http_proxy, "http://found:4");
  assert.is(aptProxies(proxied, mirror, {}, "DIRECT").http_proxy, undefined);
});

test.run();
