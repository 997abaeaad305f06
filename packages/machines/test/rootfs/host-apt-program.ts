import { once } from "node:events";
import { createServer } from "node:http";
import { readAptProxies } from "../../src/rootfs/apt-proxies.js";
import { debianSources, readCandidates } from "../../src/rootfs/debian-sources.js";

// Run by host-apt.root.test.ts in a network of its own. The proxy knows two repositories, one of them of Debian.
const asked: string[] = [];
const origins: Readonly<Record<string, string>> = { "mirror.corp": "Debian", "pkgs.tailscale.com": "Tailscale" };
const proxy = createServer((request, response) => {
  asked.push(request.url ?? "");
  const { hostname, pathname } = new URL(request.url ?? "");
  const isThere = pathname.endsWith("/dists/bookworm/Release");
  response.writeHead(isThere ? 200 : 404).end(isThere ? `Origin: ${origins[hostname]}\nCodename: bookworm\n` : "");
});
await once(proxy.listen(3128, "127.0.0.1"), "listening");
const sources = await debianSources(await readCandidates());
const proxies = await readAptProxies("http://mirror.corp/debian");
console.log(JSON.stringify({ sources, proxies, asked }));
proxy.close();
proxy.closeAllConnections();
