import { test } from "uvu";
import * as assert from "uvu/assert";
import { buildArgs, buildEnv, parts, staleArgs, tags } from "../src/parts.js";

const all = parts({
  kubernetes: "v1.34.4+modules",
  containerd: "v2.2.9",
  metrics: "v0.8.0",
  runc: "v1.3.4",
  sources: "abc",
});
const part = (name: string) => all.find((p) => p.name === name) ?? assert.unreachable(name);

test("the main program carries its versions", () => {
  const args = buildArgs(part("k3s") as (typeof all)[number], "/w");
  const linker = args[args.indexOf("-ldflags") + 1] ?? "";
  for (const flag of [
    "version.gitVersion=v1.34.4+modules",
    "version.gitMinor=34",
    "version.Version=v2.2.9",
    "main.sources=abc",
    "-buildid=",
  ]) {
    assert.ok(linker.includes(flag), flag);
  }
  assert.is(args[args.indexOf("-tags") + 1], tags);
  assert.is(args[args.indexOf("-o") + 1], "/w/bin/");
});

test("metrics-server is of the main program's module and flags, so that what both use is compiled once", () => {
  const [main, metrics] = [part("k3s"), part("metrics-server")] as [(typeof all)[number], (typeof all)[number]];
  assert.is(metrics.module, main.module);
  assert.is(metrics.tags, main.tags);
  const args = buildArgs(metrics, "/w");
  assert.is(args[args.indexOf("-o") + 1], "/w/images/metrics-server");
  assert.match(args[args.indexOf("-ldflags") + 1] ?? "", "version.gitVersion=v0.8.0");
});

test("what is listed is what is built", () => {
  for (const p of all) {
    const build = buildArgs(p, "/w").filter((a) => a.startsWith("-") && a !== "-v" && a !== "-o");
    const list = staleArgs(p).filter((a) => a.startsWith("-") && a !== "-deps" && a !== "-f");
    assert.equal(list, build, p.name);
  }
});

test("only runc is C, and only the packer runs here", () => {
  for (const p of all) {
    const env = buildEnv(p, "arm64", true);
    assert.is(env["CGO_ENABLED"], p.name === "runc" ? "1" : "0");
    assert.is(env["GOARCH"], p.name === "pack" ? undefined : "arm64");
    assert.is(env["GOPROXY"], "off");
  }
  assert.not.ok("GOPROXY" in buildEnv(all[0] as (typeof all)[number], "amd64", false));
});

test.run();
