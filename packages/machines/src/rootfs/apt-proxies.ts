import { run } from "@k3s-lab/exec";
import { isInstalled, proxiesForApt } from "@k3s-lab/host";
import { aptHelper } from "./debian-sources.js";

/** A proxy of apt, or undefined where it is to ask none. */
type Variables = Readonly<Record<string, string | undefined>>;

const direct = "DIRECT";

/**
 * Reads the proxies by which the host's apt reaches a mirror, as variables for an apt that does not read the host's
 * configuration. Not as its options, which others could read, and which it would leave in what it builds.
 */
export async function readAptProxies(mirror: string, env: NodeJS.ProcessEnv = process.env): Promise<Variables> {
  if (!isInstalled("apt-config")) return aptProxies("", mirror, env);
  const { stdout: config } = await run("apt-config", ["dump"]);
  if (!/^Acquire::https?::Proxy-?Auto-?Detect "[^"]/im.test(config)) return aptProxies(config, mirror, env);
  const { stdout } = await run(aptHelper, ["auto-detect-proxy", mirror], { answers: "any" });
  const [, detected] = /^Using proxy '([^']+)'/m.exec(stdout) ?? [];
  return aptProxies(config, mirror, env, detected);
}

/**
 * Returns http_proxy, https_proxy and no_proxy as apt's own configuration (`apt-config dump`) has them, else as the
 * environment has them. HTTPS goes by the proxy of HTTP, unless it
 * has one of its own. `detected`: what a program that apt asks for proxies has answered.
 */
export function aptProxies(config: string, mirror: string, env: NodeJS.ProcessEnv, detected?: string): Variables {
  const settings = new Map(
    [...config.matchAll(/^Acquire::(https?)::Proxy(?:::(\S+))? "([^"]*)";$/gim)].map(
      ([, scheme = "", host = "", value = ""]) => [`${scheme.toLowerCase()} ${host}`, value],
    ),
  );
  const { hostname } = new URL(mirror);
  const configured = (scheme: string) =>
    settings.get(`${scheme} ${hostname}`) || settings.get(`${scheme} `) || undefined;
  const http = detected ?? configured("http");
  const https = detected ?? configured("https") ?? configured("http");
  const usual = proxiesForApt(env);
  const of = (name: string, value: string | undefined) => {
    const wanted = value ?? usual[name];
    return wanted === undefined ? {} : { [name]: wanted === direct ? undefined : wanted };
  };
  const without = [...settings].flatMap(([key, value]) => (value === direct ? key.split(" ")[1] || [] : []));
  const listed = env.no_proxy ?? env.NO_PROXY;
  const except = [...new Set([...(listed === undefined ? [] : [listed]), ...without])].join(",");
  return {
    ...of("http_proxy", http),
    ...of("https_proxy", https),
    ...(except === "" ? {} : { no_proxy: except }),
  };
}
