import { homedir } from "node:os";
import { join } from "node:path";
import { Problem } from "@k3s-lab/problem";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { type ImageSource, parseImage } from "../src/image-source.js";

const test = suite("registry image-source");
const digest = `sha256:${"0".repeat(64)}`;

test("reads every way to name an image", () => {
  const cases: readonly (readonly [string, ImageSource])[] = [
    ["docker://alpine", { kind: "registry", reference: "alpine:latest" }],
    ["docker-daemon:hello:1", { kind: "store", transport: "docker-daemon", name: "hello:1" }],
    ["docker-daemon:ee57a1a9554e", { kind: "store", transport: "docker-daemon", name: "ee57a1a9554e" }],
    [
      "containers-storage:localhost/app",
      { kind: "store", transport: "containers-storage", name: "localhost/app:latest" },
    ],
    ["containers-storage:[vfs@/s+/r]app:1", { kind: "storage", storage: "[vfs@/s+/r]", name: "app:1" }],
    ["docker://[fd00::1]:5000/app", { kind: "registry", reference: "[fd00::1]:5000/app:latest" }],
    [
      "containers-storage:[fd00::1]:5000/app:1",
      { kind: "store", transport: "containers-storage", name: "[fd00::1]:5000/app:1" },
    ],
    ["[fd00::1]:5000/app:1", { kind: "word", path: "/w/[fd00::1]:5000/app:1", name: "[fd00::1]:5000/app:1" }],
    ["containerd:app:1", { kind: "store", transport: "containerd", name: "app:1" }],
    ["oci:out", { kind: "file", path: "/w/out", image: undefined }],
    ["oci:/out:v1", { kind: "file", path: "/out", image: "v1" }],
    ["docker-archive:a.tar:hello:1", { kind: "file", path: "/w/a.tar", image: "hello:1" }],
    ["dir:a:b", { kind: "file", path: "/w/a:b" }],
    ["-", { kind: "input" }],
    ["./a.tar", { kind: "word", path: "/w/a.tar", name: undefined }],
    ["a.tar.zst", { kind: "word", path: "/w/a.tar.zst", name: undefined }],
    ["hello", { kind: "word", path: "/w/hello", name: "hello:latest" }],
    ["docker:27", { kind: "word", path: "/w/docker:27", name: "docker:27" }],
    [`web:1@${digest}`, { kind: "word", path: `/w/web:1@${digest}`, name: `web:1@${digest}` }],
  ];
  for (const [written, source] of cases) assert.equal(parseImage(written, "/w"), source, written);
});

test("~/ is the caller's home, since no shell replaces it behind a colon or in quotes", () => {
  const home = homedir();
  const cases: readonly (readonly [string, ImageSource])[] = [
    ["docker-archive:~/x.tar", { kind: "file", path: join(home, "x.tar"), image: undefined }],
    ["oci-archive:~/x.tar:app:1", { kind: "file", path: join(home, "x.tar"), image: "app:1" }],
    ["oci:~/x", { kind: "file", path: join(home, "x"), image: undefined }],
    ["dir:~/x", { kind: "file", path: join(home, "x") }],
    ["~/x.tar", { kind: "word", path: join(home, "x.tar"), name: undefined }],
    ["oci:~x", { kind: "file", path: "/w/~x", image: undefined }],
  ];
  for (const [written, source] of cases) assert.equal(parseImage(written, "/w"), source, written);
});

test("refuses what names nothing", () => {
  for (const written of ["", "oci:", "dir:", "containerd:", "docker://Hello", "docker-daemon:", "docker://a b"]) {
    const refused = (error: unknown) => error instanceof Problem && error.exitCode === 2;
    assert.throws(() => parseImage(written, "/w"), refused, written);
  }
});

test.run();
