import { literal, type Rule } from "./rule.js";
import { standIn, type Kind } from "./stand-ins.js";

/** Names that occur in every report with another meaning: they are taken out only where they can be nothing but a name. */
const ambiguous: ReadonlySet<string> = new Set(
  "admin agent alpine app build cache certificate cluster config containerd core data debian default dev docker domain email encoded etc group home host image info ip key kube lab lan linux local log machine main master multi name network node nodes none ops pi pod private pods proc public registry run server service shared state status sys system test tmp ubuntu usr user users vagrant var version work worker k3s k3s-lab kubernetes localhost lxc npm".split(
    " ",
  ),
);

function isAmbiguous(name: string): boolean {
  return name.length < 3 || ambiguous.has(name.toLowerCase());
}

const before = String.raw`(?<![A-Za-z\d])`;
/** And not the name of a stand-in. */
const after = String.raw`(?![A-Za-z\d])(?!-\d+\])`;

/** Takes out names of users: root and users of the system have none of their own. */
function users(names: readonly string[]): Rule {
  const patterns = names
    .filter((name) => name !== "root" && name !== "")
    .map((name): readonly [string, RegExp] => {
      const anywhere = `${before}${literal(name)}${after}`;
      const onlyAsName = [
        String.raw`(?<=[\\/](?:home|Users)[\\/])`,
        String.raw`(?<=~)`,
        String.raw`(?<=\b(?:user|USER|LOGNAME|SUDO_USER|username|owner)["']?[ \t]?[=: ][ \t]?["']?)`,
        String.raw`(?<=\d\()`,
      ]
        .map((context) => `${context}${literal(name)}${after}`)
        .concat(`${before}${literal(name)}(?=@)`)
        .join("|");
      return [name, new RegExp(isAmbiguous(name) ? onlyAsName : anywhere, "g")];
    });
  return (text, standIns) =>
    patterns.reduce((clean, [name, pattern]) => clean.replaceAll(pattern, () => standIns.for("user", name)), text);
}

/** The folder of any user, whom nobody knew of. */
const homes = /([\\/](?:home|Users)[\\/]+)([^\s\\/:"'`,;)]+)/g;

/** Finds the users in whose folders texts tell of files: they may have no account on this host. */
export function usersIn(texts: Iterable<string>): readonly string[] {
  return [...new Set([...texts].flatMap((text) => [...text.matchAll(homes)].map(([, , name = ""]) => name)))];
}

const homeFolders: Rule = (text, standIns) =>
  text.replaceAll(homes, (found, folder: string, name: string) =>
    standIn.test(name) ? found : folder + standIns.for("user", name),
  );

/** Takes out names of this host, or its domains, in whatever case. */
function hostNames(kind: Extract<Kind, "host" | "domain">, names: readonly string[]): Rule {
  const patterns = names
    .filter((name) => name !== "" && !/^localhost(\.|$)/.test(name))
    .map((name): readonly [string, RegExp] => {
      const contexts = [
        String.raw`(?<=@)${literal(name)}${after}`,
        String.raw`(?<=\b(?:host|hostname|HOSTNAME|nodename|Linux)["']?[ \t]?[=: ][ \t]?["']?)${literal(name)}${after}`,
        String.raw`(?<=^(?:[A-Z][a-z]{2} [ \d]\d [\d:]{8}|\d{4}-\d\d-\d\dT\S+) )${literal(name)}(?= )`,
        String.raw`${before}${literal(name)}${after}(?<=127\.0\.1\.1[ \t].*)`,
      ];
      const pattern = isAmbiguous(name) ? contexts.join("|") : `${before}${literal(name)}${after}`;
      return [name.toLowerCase(), new RegExp(pattern, "gim")];
    });
  return (text, standIns) =>
    patterns.reduce((clean, [name, pattern]) => clean.replaceAll(pattern, () => standIns.for(kind, name)), text);
}

/** Units of systemd and versions of packages are written like addresses of e-mail. */
const email =
  /(?<![\w.+-])[\w.+-]+@(?:[A-Za-z\d-]+\.)+(?!(?:service|socket|slice|target|timer|scope|mount|device|path)\b)[A-Za-z]{2,}\b/g;

const emails: Rule = (text, standIns) => text.replaceAll(email, (found) => standIns.for("email", found.toLowerCase()));

export interface Names {
  readonly users: readonly string[];
  readonly hosts: readonly string[];
  readonly domains: readonly string[];
}

/** Takes out who uses the host, and what it is called. */
export function withoutNames({ users: people, hosts, domains }: Names): readonly Rule[] {
  const longest = (all: readonly string[]) => [...new Set(all)].toSorted((a, b) => b.length - a.length);
  return [
    emails,
    hostNames("host", longest(hosts)),
    hostNames("domain", longest(domains)),
    users(longest(people)),
    homeFolders,
  ];
}
