import { suite } from "uvu";
import * as assert from "uvu/assert";
import { PackageProgress } from "../../src/rootfs/package-progress.js";

const test = suite("machines package-progress");

// As mmdebstrap 1.3 of Debian 12 prints with --verbose, shortened.
const printed = `I: running apt-get update...
Get:1 http://deb.debian.org/debian bookworm InRelease [151 kB]
Fetched 9422 kB in 16s (601 kB/s)
I: downloading packages with apt...
0 upgraded, 3 newly installed, 0 to remove and 0 not upgraded.
Need to get 29.7 MB of archives.
Get:1 http://deb.debian.org/debian bookworm/main amd64 gcc-12-base amd64 12.2.0-14+deb12u1 [37.6 kB]
Get:2 http://deb.debian.org/debian bookworm/main amd64 libc6 amd64 2.36-9+deb12u10 [2758 kB]
Unpacking libc6:amd64 (2.36-9+deb12u10) ...
Setting up libc6:amd64 (2.36-9+deb12u10) ...
I: installing remaining packages inside the chroot...
0 upgraded, 2 newly installed, 0 to remove and 0 not upgraded.
Setting up kmod (30+20221128-1) ...
Setting up iproute2 (6.1.0-3) ...
Setting up what-nobody-counted (1) ...`;

test("packages are counted as apt fetches and sets them up, of as many as it has announced", () => {
  const told: string[] = [];
  const following = new PackageProgress("image", (message, extent) => {
    told.push(`${message}: ${extent?.done} of ${extent?.total} ${extent?.unit}`);
  });
  for (const line of printed.split("\n")) following.line(line);
  assert.equal(told, [
    "image: downloading packages: 1 of 3 packages",
    "image: downloading packages: 2 of 3 packages",
    "image: installing packages: 1 of 3 packages",
    "image: installing packages: 1 of 2 packages",
    "image: installing packages: 2 of 2 packages",
    "image: installing packages: 2 of 2 packages",
  ]);
});

test.run();
