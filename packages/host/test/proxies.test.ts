import { Problem } from "@k3s-lab/problem";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { proxiesForApt, proxyFor } from "../src/proxies.js";

const test = suite("host proxies");

test("the environment's proxy is chosen as Go chooses it", () => {
  const of = (server: string, env: NodeJS.ProcessEnv) => proxyFor(new URL(server), env)?.href;
  const env = { HTTPS_PROXY: "http://p:3128" };
  assert.is(of("https://api.example:6443", env), "http://p:3128/");
  assert.is(of("https://api.example", { https_proxy: "p:3128" }), "http://p:3128/");
  assert.is(of("http://api.example", env), undefined);
  assert.is(of("http://api.example", { http_proxy: "p:3128" }), "http://p:3128/");
  for (const own of ["localhost", "127.0.0.1", "127.8.9.9", "[::1]"])
    assert.is(of(`https://${own}:6443`, env), undefined);
  for (const [noProxy, server, isExempt] of [
    ["*", "a.example", true],
    ["example", "a.example", true],
    ["example", "example", true],
    [".example", "a.example", true],
    [".example", "example", false],
    ["*.example", "a.example", true],
    ["ample", "a.example", false],
    ["x, EXAMPLE", "a.example", true],
    ["x EXAMPLE", "a.example", true],
    ["example:6443", "a.example:6443", true],
    ["example:443", "a.example", true],
    ["example:6443", "a.example", false],
    ["10.0.0.0/8", "10.76.0.10:6443", true],
    ["10.0.0.0/8", "11.76.0.10:6443", false],
    ["10.76.0.10", "10.76.0.10:6443", true],
    ["10.76.0.10:6443", "10.76.0.10:6443", true],
    ["0.0.10", "10.0.0.10", false],
    ["fd00::/8", "[fd00::1]:6443", true],
    ["fd00::1", "[fd00::1]:6443", true],
    ["[fd00::1]:443", "[fd00::1]:6443", false],
    ["10.0.0.0/99,nonsense/8", "10.0.0.1", false],
  ] as const) {
    const chosen = of(`https://${server}`, { ...env, NO_PROXY: noProxy });
    assert.is(chosen === undefined, isExempt, `${noProxy} ${server}`);
  }
});

test("a proxy that cannot be used is a Problem, but not for a server that needs none", () => {
  for (const written of ["ftp://u:secret@p", "socks4://p:1", "http://", "http://p:port"]) {
    const env = { https_proxy: written, NO_PROXY: "near" };
    const of = (server: string) => () => proxyFor(new URL(server), env);
    assert.throws(
      of("https://far/x"),
      (error: unknown) =>
        error instanceof Problem && /^https:\/\/far: .*https_proxy is .*\[LAB-HST-009\]$/.test(error.message),
    );
    assert.throws(of("https://far"), (error: Error) => !error.message.includes("secret"));
    assert.is(of("https://near")(), undefined);
    assert.is(of("http://far")(), undefined);
  }
});

test("apt gets proxies in the one form that it reads", () => {
  assert.equal(
    proxiesForApt({ HTTP_PROXY: "p:1", https_proxy: "socks5://u:x@q", HTTPS_PROXY: "other", NO_PROXY: "x" }),
    {
      http_proxy: "http://p:1",
      https_proxy: "socks5h://u:x@q",
    },
  );
  assert.equal(proxiesForApt({ HTTP_PROXY: "", http_proxy: "DIRECT" }), { http_proxy: "DIRECT" });
});

test.run();
