/** How Vagrant reaches a machine. */
export interface SshHost {
  readonly name: string;
  readonly hostName: string;
  readonly user: string;
  readonly port: number;
  readonly identityFiles: readonly string[];
}

/** The output of `vagrant ssh-config`: as ssh itself reads it, for one machine or several. */
export function parseSshConfig(output: string): readonly SshHost[] {
  return sections(output).map(({ name, options }) => {
    const last = (key: string) => options.get(key)?.[0];
    return {
      name,
      hostName: last("hostname") ?? name,
      user: last("user") ?? "vagrant",
      port: Number(last("port") ?? 22),
      identityFiles: options.get("identityfile") ?? [],
    };
  });
}

interface Section {
  readonly name: string;
  /** By lower-case key; ssh takes the first of a key that may stand only once. */
  readonly options: Map<string, string[]>;
}

function sections(output: string): readonly Section[] {
  const found: Section[] = [];
  for (const line of output.split(/\r?\n/)) {
    const [, key = "", value = ""] = /^\s*([A-Za-z]+)(?:\s+|\s*=\s*)(.*?)\s*$/.exec(line) ?? [];
    if (key.toLowerCase() === "host") found.push({ name: unquote(value), options: new Map() });
    const options = found.at(-1)?.options;
    if (options === undefined || key === "" || key.toLowerCase() === "host") continue;
    options.set(key.toLowerCase(), [...(options.get(key.toLowerCase()) ?? []), unquote(value)]);
  }
  return found;
}

function unquote(value: string): string {
  return /^"(.*)"$/.exec(value)?.[1] ?? value;
}
