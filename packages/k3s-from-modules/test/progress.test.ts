import { test } from "uvu";
import * as assert from "uvu/assert";
import { Counter, isDownload, isPackage, moduleZips, type Progress } from "../src/progress.js";

test("a line of go build -v is a package, a diagnosis is not", () => {
  for (const line of [
    "runtime",
    "k8s.io/api/core/v1",
    "github.com/containerd/containerd/v2/cmd/ctr",
    "gopkg.in/yaml.v3",
  ]) {
    assert.ok(isPackage(line), line);
  }
  for (const line of [
    "",
    "# k3s-lab/k3s",
    "./main.go:3:1: undefined: x",
    "go: downloading k8s.io/api v0.34.4",
    "\tnote: module",
  ]) {
    assert.not.ok(isPackage(line), line);
  }
});

test("downloads", () => {
  assert.ok(isDownload("go: downloading k8s.io/api v0.34.4"));
  assert.not.ok(isDownload("go: finding k8s.io/api v0.34.4"));
});

test("the counter starts at none, never passes the total, and ends at it", () => {
  const seen: Progress[] = [];
  const counter = new Counter("k3s", 2, (p) => seen.push(p));
  for (const line of ["runtime", "# k3s-lab/k3s", "os", "one/more"]) counter.line(line);
  counter.finish();
  assert.equal(
    seen.map((p) => p.done),
    [0, 1, 2, 2],
  );
  assert.ok(seen.every((p) => p.part === "k3s" && p.total === 2));
  const short: Progress[] = [];
  new Counter("x", 3, (p) => short.push(p)).finish();
  assert.is(short.at(-1)?.done, 3);
});

test("the zips of a go.sum, with capitals escaped", () => {
  assert.equal(
    moduleZips(
      "github.com/BurntSushi/toml v1.2.3 h1:a=\ngithub.com/BurntSushi/toml v1.2.3/go.mod h1:b=\nx.io/y v0.0.0-1 h1:c=\n",
    ),
    ["cache/download/github.com/!burnt!sushi/toml/@v/v1.2.3.zip", "cache/download/x.io/y/@v/v0.0.0-1.zip"],
  );
});

test.run();
