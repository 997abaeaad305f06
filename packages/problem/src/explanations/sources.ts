import type { ExplanationsOf } from "./explanation.js";

export const sources: ExplanationsOf<"SRC"> = {
  "LAB-SRC-001": {
    cause: "The server answers, and does not have the file: there is no such version of K3s, or a mirror lacks it.",
    remedy: "Check `cluster.version`, which looks like `v1.34.4+k3s1`, and `cluster.baseUrl`.",
    example:
      "https://github.com/k3s-io/k3s/releases/download/v1.34.99+k3s1/sha256sum-amd64.txt: does not exist (HTTP 404 Not Found). Check cluster.version and cluster.baseUrl in lab.yaml; versions look like v1.34.4+k3s1. [LAB-SRC-001]",
  },
  "LAB-SRC-002": {
    cause: "The server or a proxy refuses the download, for instance because it wants credentials.",
    remedy: "Check `cluster.baseUrl` and the proxy settings (HTTPS_PROXY, or `host.proxy`).",
    example:
      "https://mirror.corp/k3s/v1.34.4+k3s1/k3s: was refused (HTTP 403 Forbidden). Check cluster.baseUrl and the proxy settings. [LAB-SRC-002]",
  },
  "LAB-SRC-003": {
    cause: "K3s is released for amd64, arm64, arm and s390x, and the host has another processor.",
    remedy: "Run the lab on another host.",
    example: "host: K3s has no release for its processor (riscv64). [LAB-SRC-003]",
  },
  "LAB-SRC-004": {
    cause:
      "An image archive in `cluster.directory` has a name with characters that are not safe in a path on the nodes.",
    remedy: "Rename it: letters, digits and . _ + @ - only.",
    example: "/srv/k3s/my images.tar: has a strange name, expected letters, digits and . _ + @ - only. [LAB-SRC-004]",
  },
  "LAB-SRC-005": {
    cause: "The build from Go modules exists for amd64 and arm64.",
    remedy: "Use `cluster.source: release`, or a folder with a release: `cluster.directory`.",
    example: "cluster.source: modules cannot be built for s390x, only for amd64 and arm64. [LAB-SRC-005]",
  },
  "LAB-SRC-006": {
    cause:
      "With `cluster.source: auto`, no release could be reached, no package with a build is installed, and building is impossible, too. The message gives the reason for each.",
    remedy: "Fix one of them; or set `cluster.baseUrl` to a mirror, or `cluster.directory` to a folder with a release.",
    example:
      "cluster.source: no release can be reached (https://github.com/k3s-io/k3s/releases/download: HTTP 407), nor can K3s be built from modules (go: not found, 1.25.0 or newer is needed). Install it from https://go.dev/dl and put it on the PATH. Or set cluster.baseUrl to a mirror, or cluster.directory to a folder with a release. [LAB-SRC-006]",
  },
  "LAB-SRC-007": {
    cause: "The folder of the cache belongs to another user, or is on a read-only file system.",
    remedy: "Make it yours with chown, or set K3S_LAB_CACHE to a folder that is.",
    example:
      "/home/user/.cache/k3s-lab: cannot be written (EACCES). Make it yours with chown, or set K3S_LAB_CACHE to a folder that is. [LAB-SRC-007]",
  },
  "LAB-SRC-008": {
    cause:
      "The disk of the cache has too little room for what is to be downloaded or unpacked, or the user's quota is used up.",
    remedy: "Make room, or set K3S_LAB_CACHE to a folder on another disk.",
    example:
      "/home/user/.cache/k3s-lab: the disk is full: 260 MB are needed, 41 MB are left. Make room, or set K3S_LAB_CACHE to a folder on another disk. [LAB-SRC-008]",
  },
  "LAB-SRC-009": {
    cause: "What was downloaded is not what the release's checksums say: a proxy or a mirror hands out another file.",
    remedy: "Try again: nothing of it is kept. If it keeps happening, use another mirror.",
    example:
      "https://mirror.corp/k3s/v1.34.4+k3s1/k3s: has the wrong sha256, expected 5b1d…, seen 99aa…. Nothing of it is kept. Try again; if it keeps happening, the server or a proxy hands out another file. [LAB-SRC-009]",
  },
  "LAB-SRC-010": {
    cause: "The connection broke again and again, or the server does not let a download be resumed where it stopped.",
    remedy:
      "Check the network and HTTPS_PROXY, then run the command again: it continues where it stopped, where the server can.",
    example:
      "https://github.com/k3s-io/k3s/releases/download/v1.34.4+k3s1/k3s: was cut after 41943040 bytes and cannot be taken up again: other side closed. Check the network and HTTPS_PROXY, then run the command again: it continues where it stopped. [LAB-SRC-010]",
  },
  "LAB-SRC-011": {
    cause: "The file k3s in `cluster.directory` lacks the permission to be run, as after a download by a browser.",
    remedy: "Run `chmod +x` on it.",
    example: "/srv/k3s/k3s: is not executable. Run: chmod +x /srv/k3s/k3s [LAB-SRC-011]",
  },
  "LAB-SRC-012": {
    cause: "The folder that `cluster.directory` names does not exist, or this user may not read it.",
    remedy: "Name a folder with k3s, sha256sum-*.txt and image archives.",
    example:
      "/srv/k3s: cannot be read (ENOENT). cluster.directory must name a folder with k3s, sha256sum-*.txt and image archives. [LAB-SRC-012]",
  },
  "LAB-SRC-013": {
    cause: "The folder that `cluster.directory` names lacks a file of a release for this host's processor.",
    remedy: "Put the files of a K3s release for this processor there, with their names.",
    example:
      "/srv/k3s: has no sha256sum-amd64.txt, seen: k3s. Put the files of a K3s release for this processor there. [LAB-SRC-013]",
  },
  "LAB-SRC-014": {
    cause:
      "A file of the folder is not the one that the checksums beside it speak of: its copy was cut off, or it is of another version.",
    remedy: "Copy it there again, with the sum file of the same release.",
    example: "/srv/k3s/k3s: has the wrong sha256, expected 5b1d…, seen 99aa…. Copy it there again. [LAB-SRC-014]",
  },
  "LAB-SRC-015": {
    cause: "`cluster.baseUrl` holds a user's name or a password, which would be in every message and in `.lab/`.",
    remedy: "Use a mirror that asks for none.",
    example:
      "cluster.baseUrl: holds a name or a password, expected an address alone. Use a mirror that asks for none. [LAB-SRC-015]",
  },
  "LAB-SRC-016": {
    cause: "The file with checksums is of another release or processor, or is not such a file.",
    remedy: "Take the sum file of the same K3s release for this processor.",
    example:
      "/srv/k3s: has no line for k3s, seen: k3s-arm64. It must be the sum file of a K3s release for this processor. [LAB-SRC-016]",
  },
  "LAB-SRC-017": {
    cause: "The program called k3s runs, and does not print a version as K3s does.",
    remedy: "Check what it is: `k3s --version` must print `k3s version v...`.",
    example: "/srv/k3s/k3s: does not report its version, expected `k3s version v...`. [LAB-SRC-017]",
  },
  "LAB-SRC-018": {
    cause: "The k3s binary does not start on this host: it is for another processor, or damaged.",
    remedy: "Use a K3s for this processor.",
    example:
      "/srv/k3s/k3s: cannot be run on the host: could not be run to its end (ENOEXEC). It must be a K3s for this processor. [LAB-SRC-018]",
  },
  "LAB-SRC-019": {
    cause: "A stage was run alone, or a plan was made, before K3s was in the cache.",
    remedy: "Run `npm run lab:fetch`.",
    example: "K3s: was not fetched yet. Run `npm run lab:fetch`. [LAB-SRC-019]",
  },
  "LAB-SRC-020": {
    cause:
      "The release that a mirror now has under a version's name is not the one that the lab was made with: the files of a release never change, so one of the two is not what K3s has published.",
    remedy:
      "Find out which of them is K3s' own, by the checksums beside the release on GitHub, and bring it back; or ask for another version by cluster.version.",
    example:
      "/home/dev/.cache/k3s-lab/releases/v1.34.4+k3s1/amd64/k3s: is another K3s than the lab was made with, expected sha256 5b1d… (v1.34.4+k3s1), seen 99aa… (v1.34.4+k3s1). Bring the former file back, or ask for another version by cluster.version. [LAB-SRC-020]",
  },
  "LAB-SRC-021": {
    cause:
      "`cluster.source: package` asks for an npm package with the build, and it is neither beside lab.yaml nor beside k3s-lab.",
    remedy: "Install it as the message says; `npm run pack:modules -- --out DIR` makes it on a machine with Go.",
    example:
      "@k3s-lab/k3s-linux-x64: is not installed. Install @k3s-lab/k3s-linux-x64@0.1.0 beside lab.yaml or k3s-lab; `npm run pack:modules -- --out DIR` makes it on a machine with Go, for `npm install DIR/...`. [LAB-SRC-021]",
  },
  "LAB-SRC-022": {
    cause: "The package with K3s that is installed is for another processor, or belongs to another version of k3s-lab.",
    remedy: "Install the one that the message names.",
    example:
      "/home/user/node_modules/@k3s-lab/k3s-linux-arm64: is for arm64, expected x64, this host's processor. Install @k3s-lab/k3s-linux-x64@0.1.0 beside lab.yaml or k3s-lab; `npm run pack:modules -- --out DIR` makes it on a machine with Go, for `npm install DIR/...`. [LAB-SRC-022]",
  },
  "LAB-SRC-023": {
    cause: "A file of the package with K3s is missing, or was changed since it was packed.",
    remedy: "Install the package again.",
    example:
      "/home/user/node_modules/@k3s-lab/k3s-linux-x64/k3s: has the wrong sha256, expected 5b1d…, seen 99aa…. Install the package again. [LAB-SRC-023]",
  },
  "LAB-SRC-024": {
    cause:
      "A package with K3s was found in a folder above, and belongs to a user who is neither root nor you. What is in it would run as root.",
    remedy: "Remove it, or install it yourself.",
    example:
      "/tmp/node_modules/@k3s-lab/k3s-linux-x64: belongs to the user 1001, expected root or the user who calls (1000). Remove it, or install it yourself. [LAB-SRC-024]",
  },
};
