import { BlockList, isIP } from "node:net";
import { withoutPassword } from "@k3s-lab/exec";
import { Problem } from "@k3s-lab/problem";

const schemes = ["http:", "https:", "socks5:", "socks5h:"];

/** Reads a proxy's URL, whose scheme may be left out; returns undefined for anything else. */
export function parseProxy(text: string): URL | undefined {
  const written = withScheme(text);
  const url = URL.canParse(written) ? new URL(written) : undefined;
  return url && url.hostname !== "" && schemes.includes(url.protocol) ? url : undefined;
}

function withScheme(proxy: string): string {
  return proxy.includes("://") ? proxy : `http://${proxy}`;
}

/**
 * Chooses a server's proxy from the environment as kubectl does, which is Go's way: HTTPS_PROXY or HTTP_PROXY by the server's
 * scheme, in capitals first, and none for this host itself and for what NO_PROXY lists. `names`: the variables to look at in
 * place of that one. Throws a Problem for a proxy that cannot be used (exit code 2).
 */
export function proxyFor(
  server: URL,
  env: NodeJS.ProcessEnv = process.env,
  names: readonly string[] = [server.protocol === "https:" ? "HTTPS_PROXY" : "HTTP_PROXY"],
): URL | undefined {
  const name = names.flatMap((each) => [each, each.toLowerCase()]).find((each) => env[each]);
  if (name === undefined || isExempt(server, env.NO_PROXY || env.no_proxy || "")) return undefined;
  const written = env[name] ?? "";
  const proxy = parseProxy(written);
  if (proxy !== undefined) return proxy;
  const what = `cannot be reached: ${name} is ${withoutPassword(written)}, expected the URL of a proxy by http, https, socks5 or socks5h`;
  throw new Problem("LAB-HST-009", server.origin, what, {
    remedy: `Set ${name} to a URL such as http://proxy.corp:3128, or unset it.`,
  });
}

/** Returns the environment's proxies as apt reads them: in lower case, with a scheme, and SOCKS 5 by the name socks5h. */
export function proxiesForApt(env: NodeJS.ProcessEnv = process.env): Readonly<Record<string, string>> {
  const asApt = (proxy: string) => (proxy === "DIRECT" ? proxy : withScheme(proxy).replace(/^socks5:/, "socks5h:"));
  const names = ["http_proxy", "https_proxy"].map((name) => [name, env[name] || env[name.toUpperCase()]] as const);
  return Object.fromEntries(names.flatMap(([name, proxy]) => (proxy ? [[name, asApt(proxy)]] : [])));
}

function isExempt(server: URL, noProxy: string): boolean {
  const host = server.hostname.replace(/^\[|\]$/g, "").toLowerCase();
  const port = server.port || (server.protocol === "https:" ? "443" : "80");
  if (host === "localhost" || inNetwork(host, "127.0.0.0/8") || host === "::1") return true;
  const entries = noProxy
    .toLowerCase()
    .split(/[\s,]+/)
    .filter((entry) => entry !== "");
  return entries.some((entry) => {
    if (entry === "*") return true;
    if (entry.includes("/")) return inNetwork(host, entry);
    const [, name = "", itsPort = port] = isIP(entry) ? [entry, entry] : (/^(.*?)(?::(\d+))?$/.exec(entry) ?? []);
    if (itsPort !== port) return false;
    const plain = name.replace(/^\[|\]$/g, "").replace(/^\*\./, ".");
    return plain.startsWith(".") ? host.endsWith(plain) : host === plain || (!isIP(host) && host.endsWith(`.${plain}`));
  });
}

function inNetwork(host: string, cidr: string): boolean {
  const [network = "", bits = ""] = cidr.split("/");
  const version = isIP(network);
  if (version === 0 || isIP(host) !== version || !/^\d+$/.test(bits) || Number(bits) > (version === 6 ? 128 : 32)) {
    return false;
  }
  const family = version === 6 ? "ipv6" : "ipv4";
  const list = new BlockList();
  list.addSubnet(network, Number(bits), family);
  return list.check(host, family);
}
