import { candidatesIn, debianSources } from "../../src/rootfs/debian-sources.js";
import { suite } from "uvu";
import * as assert from "uvu/assert";

const test = suite("machines Debian sources");

/** Lines as `apt-get update --print-uris` prints them. */
function printed(...repositories: readonly (readonly [uri: string, suite: string, component: string])[]): string {
  return repositories
    .map(([uri, name, component]) => {
      const dist = `${uri}/dists/${name}`;
      return `'${dist}/InRelease' x 0 \n'${dist}/${component}/binary-amd64/Packages.xz' x 0 \n`;
    })
    .join("");
}

const everyone = async () => true;
const nobody = async () => false;

test("public mirrors are what is asked anyway", async () => {
  const tailscale = ["https://pkgs.tailscale.com/stable/debian", "bookworm", "main"] as const;
  const candidates = candidatesIn(printed(tailscale, ["http://deb.debian.org/debian", "trixie", "main"]));
  assert.equal(await debianSources(candidates, everyone), []);
  assert.equal(await debianSources(candidatesIn(""), everyone), []);
});

test("a mirror of the host's own is used, whatever its path", async () => {
  const candidates = candidatesIn(
    printed(
      ["http://mirror.corp/mirrors/deb", "trixie", "main"],
      ["http://mirror.corp/mirrors/deb", "trixie-updates", "main"],
      ["http://mirror.corp/secure", "trixie-security", "main"],
    ),
  );
  assert.equal(await debianSources(candidates, everyone), [
    "deb http://mirror.corp/mirrors/deb bookworm main",
    "deb http://mirror.corp/mirrors/deb bookworm-updates main",
    "deb http://mirror.corp/secure bookworm-security main",
  ]);
});

test("what only looks like a mirror of Debian is not even asked", () => {
  const candidates = candidatesIn(
    printed(
      ["https://download.virtualbox.org/virtualbox/debian", "noble", "contrib"],
      ["https://dl.cloudsmith.io/public/caddy/stable/deb/debian", "any-version", "main"],
      ["https://download.docker.com/linux/debian", "bookworm", "stable"],
      ["http://archive.ubuntu.com/ubuntu", "noble", "main"],
      ["file:/srv/debian", "bookworm", "main"],
    ),
  );
  assert.equal(candidates, { archives: [], securities: [] });
});

test("a third party with a suite of Debian is asked, and is no mirror unless Debian's Release lies there", async () => {
  const corp = "http://mirror.corp/debian";
  const candidates = candidatesIn(
    printed(["https://repos.influxdata.com/debian", "stable", "main"], [corp, "bookworm", "main"]),
  );
  assert.equal(await debianSources(candidates, nobody), []);
  assert.equal(await debianSources(candidates, async (uri) => uri === corp), [
    `deb ${corp} bookworm main`,
    `deb ${corp} bookworm-updates main`,
  ]);
});

test.run();
