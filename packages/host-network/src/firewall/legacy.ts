import { run } from "@k3s-lab/exec";
import { readText } from "@k3s-lab/host";
import { ruleComment } from "../names.js";
import { dockerUser } from "./dropping-chains.js";
import { type Accept, iptablesRule } from "./wanted-accepts.js";

/** Reads the rules of the older iptables, which nft does not see. A process is started only where there are some. */
export async function readLegacyFilter(): Promise<readonly string[]> {
  if (!readText("/proc/net/ip_tables_names")?.split("\n").includes("filter")) return [];
  return (await run("iptables-legacy-save", ["-t", "filter"])).stdout.split("\n");
}

/** Plans the lines for iptables-legacy-restore between *filter and COMMIT; none where there is nothing to do. */
export function planLegacy(lab: string, wanted: readonly Accept[], saved: readonly string[]): readonly string[] {
  const comment = ruleComment(lab);
  const own = saved.filter((line) => line.startsWith("-A ") && line.includes(`--comment "${comment}" `));
  const drops = saved.some(
    (line) => line.startsWith(":FORWARD DROP") || /^-A (?!INPUT|OUTPUT).* -j (DROP|REJECT)\b/.test(line),
  );
  const first = saved.find((line) => line.startsWith("-A FORWARD "));
  const chain = first === `-A FORWARD -j ${dockerUser}` ? dockerUser : "FORWARD";
  const lines = drops ? wanted.map((accept) => `-A ${chain} ${iptablesRule(accept, comment)}`) : [];
  if (lines.length === own.length && lines.every((line) => own.includes(line))) return [];
  const inserted = lines.map((line, index) => line.replace(`-A ${chain} `, `-I ${chain} ${index + 1} `));
  return [...own.map((line) => line.replace(/^-A /, "-D ")), ...inserted];
}
