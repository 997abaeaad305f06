import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { run } from "@k3s-lab/exec";
import { rootOnly } from "@k3s-lab/testbed";
import { suite } from "uvu";
import * as assert from "uvu/assert";

const test = suite("machines host's apt (root)");
const rootTest = rootOnly("machines host's apt (root)", test);

const program = fileURLToPath(new URL("host-apt-program.ts", import.meta.url));

interface Found {
  readonly sources: readonly string[];
  readonly proxies: Readonly<Record<string, string>>;
  /** What the proxy was asked for. */
  readonly asked: readonly string[];
}

/** Asks the real apt in mounts and a network of its own, where nothing can be reached but a proxy on the loopback. */
async function find(files: Readonly<Record<string, string>>): Promise<Found> {
  const dir = mkdtempSync(join(tmpdir(), "k3s-lab-apt-"));
  // As /etc/apt is: apt downloads as a user of its own.
  chmodSync(dir, 0o755);
  const every = { "sources.list.d/.keep": "", "apt.conf.d/.keep": "", ...files };
  for (const [path, content] of Object.entries(every)) {
    mkdirSync(dirname(join(dir, path)), { recursive: true });
    writeFileSync(join(dir, path), content, { mode: 0o755 });
  }
  const script = 'ip link set lo up && mount --bind "$1" /etc/apt && exec node --import tsx "$2"';
  const args = ["--mount", "--net", "--propagation", "private", "sh", "-c", script, "sh", dir, program];
  const env = { http_proxy: undefined, https_proxy: undefined, HTTP_PROXY: undefined, HTTPS_PROXY: undefined };
  try {
    return JSON.parse((await run("unshare", args, { env })).stdout) as Found;
  } finally {
    rmSync(dir, { recursive: true });
  }
}

const proxied = { "apt.conf.d/90proxy": 'Acquire::http::Proxy "http://127.0.0.1:3128";\n' };
const tailscale = "deb [signed-by=/x.gpg] http://pkgs.tailscale.com/stable/debian bookworm main\n";
const corp = "Types: deb\nURIs: http://mirror.corp/debian\nSuites: trixie\nComponents: main\n";

rootTest("what apt would not read is no mirror, and third parties are not either", async () => {
  const { sources, asked } = await find({
    ...proxied,
    "sources.list": "deb http://archive.ubuntu.com/ubuntu noble main\n",
    "sources.list.d/virtualbox.list":
      "deb [arch=amd64 signed-by=/x.gpg] https://download.virtualbox.org/virtualbox/debian noble contrib\n",
    "sources.list.d/tailscale.list": tailscale,
    "sources.list.d/influxdata.sources": `${corp}Enabled: no\n`,
    "sources.list.d/docker.list.save": "deb http://mirror.corp/debian bookworm main\n",
    "sources.list.d/old/debian.list": "deb http://mirror.corp/debian bookworm main\n",
  });
  assert.equal(sources, []);
  assert.equal(asked, ["http://pkgs.tailscale.com/stable/debian/dists/bookworm/Release"]);
});

rootTest("a mirror of the host's own is found by the proxy of apt's configuration alone", async () => {
  const { sources, proxies } = await find({
    ...proxied,
    "sources.list.d/a.list": tailscale,
    "sources.list.d/debian.sources": corp,
  });
  assert.equal(sources, [
    "deb http://mirror.corp/debian bookworm main",
    "deb http://mirror.corp/debian bookworm-updates main",
  ]);
  assert.equal(proxies, { http_proxy: "http://127.0.0.1:3128", https_proxy: "http://127.0.0.1:3128" });
});

rootTest("a program that finds apt's proxy is asked", async () => {
  const detect = "/etc/apt/detect";
  const { sources, proxies } = await find({
    "apt.conf.d/auto": `Acquire::http::Proxy-Auto-Detect "${detect}";\n`,
    detect: "#!/bin/sh\necho http://127.0.0.1:3128\n",
    "sources.list.d/debian.sources": corp,
  });
  assert.is(sources.length, 2);
  assert.is(proxies.http_proxy, "http://127.0.0.1:3128");
});

test.run();
