import { withoutPassword } from "@k3s-lab/exec";
import { rule } from "../rule.js";

const link = "docs/hosts.md#proxies-certificate-authorities-and-package-mirrors";

export const proxyLeftOut = rule({
  id: "R35",
  title: "Nodes go without a proxy of the host",
  severity: "warning",
  why: "Nodes cannot reach what only that proxy leads to, such as registries.",
  remedy:
    "Let the proxy listen on the host's address for nodes, then run `npm run lab:up -- --take-proxies`; or name another with host.proxy in lab.yaml.",
  link,
  reads: ["proxies"],
  check: ({ proxies, network }) =>
    proxies.leftOut.map(({ name, url }) => ({
      subject: name,
      expected: `a proxy that nodes reach${network?.lan.kind === "private" ? `, at ${network.gateway}` : ""}`,
      seen: `${withoutPassword(url)}, which is the host's own loopback`,
    })),
});

export const authorityNotTrusted = rule({
  id: "R36",
  title: "An authority that the host has added cannot be trusted by nodes",
  severity: "warning",
  why: "Nodes and containerd refuse the certificates of servers that the host trusts through it.",
  remedy: "Replace the file or remove it, then run `npm run lab:up`.",
  link,
  reads: ["unfitAuthorities"],
  check: ({ unfitAuthorities }) =>
    unfitAuthorities.map(({ file, what }) => ({ subject: file, expected: "valid certificates", seen: what })),
});
