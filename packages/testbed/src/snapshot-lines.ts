import type { Section } from "./snapshot-script.js";

interface Link {
  readonly ifname: string;
  readonly flags: readonly string[];
  readonly mtu: number;
  readonly master?: string;
  readonly address?: string;
  readonly linkinfo?: { readonly info_kind?: string };
}

interface Addresses {
  readonly ifname: string;
  readonly addr_info: readonly { readonly local?: string; readonly prefixlen?: number; readonly label?: string }[];
}

/** How the text of each section becomes lines that compare: without counters, timers and numbers of the moment. */
export const linesOf: Readonly<Record<Section, (text: string) => readonly string[]>> = {
  links: (text) =>
    parseList<Link>(text).map(({ ifname, flags, mtu, master, address, linkinfo }) =>
      [
        ifname,
        linkinfo?.info_kind ?? "-",
        address ?? "-",
        `mtu ${mtu}`,
        ...(master === undefined ? [] : [`master ${master}`]),
        flags.toSorted().join(","),
      ].join(" "),
    ),
  addresses: (text) =>
    parseList<Addresses>(text).flatMap(({ ifname, addr_info }) =>
      addr_info.map(({ local, prefixlen }) => `${ifname} ${local}/${prefixlen}`),
    ),
  routes: (text) => plainLines(text).map((line) => line.replace(/ expires \d+sec/, "").trim()),
  rules: plainLines,
  nftables: flattenBlocks,
  iptables: flattenTables,
  ip6tables: flattenTables,
  namespaces: plainLines,
  mounts: (text) => plainLines(text).map(mountLine),
  cgroups: plainLines,
  sysctls: (text) => plainLines(text).map((line) => line.replace(/^\/proc\/sys\/(.*?):\t*/, "$1 = ")),
  hosts: plainLines,
  resolver: plainLines,
  files: plainLines,
  processes: plainLines,
};

function plainLines(text: string): readonly string[] {
  return text
    .split("\n")
    .map((line) => line.trimEnd())
    .filter((line) => line !== "");
}

/** `ip -json` prints nothing at all where there is nothing. */
function parseList<Item>(text: string): readonly Item[] {
  return text.trim() === "" ? [] : (JSON.parse(text) as readonly Item[]);
}

/** Returns each line with the blocks around it, so that a difference shows where it is. */
export function flattenBlocks(text: string): readonly string[] {
  const around: string[] = [];
  const lines: string[] = [];
  for (const line of plainLines(text).map((each) => each.trim())) {
    if (line === "}") around.pop();
    else if (line.endsWith("{")) {
      around.push(line.slice(0, -1).trim());
      lines.push(around.join(" > "));
    } else lines.push([...around, line].join(" > "));
  }
  return lines;
}

/** Returns the lines of iptables-save, each with its table, without counters. */
export function flattenTables(text: string): readonly string[] {
  let table = "";
  return plainLines(text).flatMap((line) => {
    if (line.startsWith("*")) table = line.slice(1);
    if (/^(#|\*|COMMIT)/.test(line)) return [];
    return [`${table} ${line.replace(/ \[\d+:\d+\]$/, "")}`];
  });
}

/** Mount point, type, source and root; the numbers differ with every mount. */
function mountLine(line: string): string {
  const [before = "", after = ""] = line.split(" - ");
  const [, , , root, point] = before.split(" ");
  const [type, source] = after.split(" ");
  return `${point} ${type} ${source} ${root}`;
}
