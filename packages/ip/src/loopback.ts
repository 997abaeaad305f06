/**
 * Tells whether a host in a URL, a name or an address, is the machine itself wherever it is asked: "localhost", "127.1",
 * "[::1]", "0.0.0.0", "registry.localhost".
 */
export function isLoopbackHost(host: string): boolean {
  const name = host.replaceAll(/^\[|\]$|\.$/g, "").toLowerCase();
  return /^(127(\.\d+){0,3}|0\.0\.0\.0|::1?|::ffff:127\..*|(.+\.)?localhost|ip6-(localhost|loopback))$/.test(name);
}
