import type { Cidr } from "@k3s-lab/ip";

export interface Proxies {
  readonly HTTP_PROXY?: string;
  readonly HTTPS_PROXY?: string;
  readonly NO_PROXY?: string;
}

export interface Inside {
  readonly subnet: Cidr;
  readonly podCidr: Cidr;
  readonly serviceCidr: Cidr;
  readonly nodes: readonly string[];
}

/** The caller's proxies for the nodes; what lies inside of the lab is never asked of a proxy. */
export function proxiesFor(env: NodeJS.ProcessEnv, inside: Inside): Proxies {
  const of = (name: string) => env[name] || env[name.toLowerCase()];
  const http = of("HTTP_PROXY");
  const https = of("HTTPS_PROXY");
  if (http === undefined && https === undefined) return {};
  const outside = (of("NO_PROXY") ?? "").split(/[\s,]+/).filter(Boolean);
  const { subnet, podCidr, serviceCidr, nodes } = inside;
  const own = [
    "127.0.0.0/8",
    "localhost",
    ...[subnet, podCidr, serviceCidr].map(String),
    ".svc",
    ".cluster.local",
    ...nodes,
  ];
  return {
    ...(http === undefined ? {} : { HTTP_PROXY: http }),
    ...(https === undefined ? {} : { HTTPS_PROXY: https }),
    NO_PROXY: [...new Set([...outside, ...own])].join(","),
  };
}
