import type { ExplanationsOf } from "./explanation.js";

export const modules: ExplanationsOf<"MOD"> = {
  "LAB-MOD-001": {
    cause: "No release of K3s can be reached, so it is to be built from Go modules, and there is no Go.",
    remedy:
      "Install Go from https://go.dev/dl and put it on PATH; or set `cluster.baseUrl` to a mirror, or `cluster.directory` to a folder with a release.",
    example:
      "go: not found, 1.25.0 or newer is needed. Install it from https://go.dev/dl and put it on the PATH. [LAB-MOD-001]",
  },
  "LAB-MOD-002": {
    cause: "The Go of this host is older than K3s' modules require, and may not fetch a newer one itself.",
    remedy: "Install a newer Go, or set GOTOOLCHAIN=auto, with which Go fetches it.",
    example:
      "go: 1.19.8 is too old, 1.25.0 or newer is needed. Install it from https://go.dev/dl, or set GOTOOLCHAIN=auto. [LAB-MOD-002]",
  },
  "LAB-MOD-003": {
    cause: "runc is built with a C compiler and libseccomp's headers, and one of them is missing.",
    remedy: "Install the packages that the message names.",
    example:
      "runc: cannot be built: missing gcc, libseccomp-dev. Run: apt-get install gcc libseccomp-dev [LAB-MOD-003]",
  },
  "LAB-MOD-004": {
    cause:
      "`go build` failed. The message holds its last lines: a module was not reached, the disk or the memory is full.",
    remedy: "Check GOPROXY and the disk, then run the command again: what was compiled is kept.",
    example:
      'building k3s: go failed:\ngo: github.com/k3s-io/kine@v0.14.9: Get "https://proxy.golang.org/": dial tcp: i/o timeout. [LAB-MOD-004]',
  },
  "LAB-MOD-005": {
    cause:
      "While a package with the build was being made, the licence text of a linked module was not found in its folder.",
    remedy: "Clean Go's module cache (`go clean -modcache`) and try again. Only `npm run pack:modules` meets this.",
    example:
      "github.com/example/module@v1.0.0: has no licence that could be found, looked for in /root/go/pkg/mod. [LAB-MOD-005]",
  },
};
