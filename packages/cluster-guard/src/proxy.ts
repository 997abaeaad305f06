import type { Agent } from "node:http";
import { trustedCertificates } from "@k3s-lab/host";

/** Makes an agent whose connections go through a proxy. */
export async function agentThrough(proxy: URL): Promise<Agent> {
  if (proxy.protocol.startsWith("socks")) {
    const { SocksProxyAgent } = await import("socks-proxy-agent");
    // Only the proxy can resolve the names behind it.
    return new SocksProxyAgent(proxy.href.replace(/^socks5h?:/, "socks5h:"));
  }
  const { HttpsProxyAgent } = await import("https-proxy-agent");
  const agent = new HttpsProxyAgent(proxy, { ca: await trustedCertificates() });
  agent.on("proxyConnect", ({ statusCode }, request) => {
    // The library would pass on the proxy's refusal as the server's answer.
    if (statusCode !== 200) request.destroy(new Error(`the proxy refuses to connect: HTTP ${statusCode}`));
  });
  return agent;
}
