/** What is taken out of a report. */
export const kinds = {
  secret: "secrets: passwords, tokens, credentials",
  "private-key": "private keys",
  certificate: "certificates",
  user: "names of users",
  host: "names of this host",
  domain: "domains of this host",
  email: "e-mail addresses",
  "public-ipv4": "public IPv4 addresses",
  "public-ipv6": "public IPv6 addresses, and those that hold a MAC address",
  mac: "MAC addresses",
  "machine-id": "ids of machines",
  encoded: "encoded texts that hold one of these",
} as const;

export type Kind = keyof typeof kinds;

/** How often something of a kind was replaced, and how many different ones of it there were. */
export interface Replaced {
  readonly kind: Kind;
  readonly times: number;
  readonly different: number;
}

/** Gives each thing that is taken out a name that stands for it wherever it occurs: "[public-ipv4-2]". */
export class StandIns {
  readonly #numbers = new Map<Kind, Map<string, number>>();
  readonly #times = new Map<Kind, number>();

  /** `value`: the thing in one form, however it is written. */
  for(kind: Kind, value: string): string {
    const known = this.#numbers.get(kind) ?? new Map<string, number>();
    this.#numbers.set(kind, known);
    const number = known.get(value) ?? known.size + 1;
    known.set(value, number);
    this.#times.set(kind, (this.#times.get(kind) ?? 0) + 1);
    return `[${kind}-${number}]`;
  }

  replaced(): readonly Replaced[] {
    return [...this.#times].map(([kind, times]) => ({ kind, times, different: this.#numbers.get(kind)?.size ?? 0 }));
  }
}

/** Begins like a stand-in: what was taken out before is left alone. */
export const standIn =
  /^\[(?:secret|private-key|certificate|user|host|domain|email|public-ipv[46]|mac|machine-id|encoded)-\d+\]/;
