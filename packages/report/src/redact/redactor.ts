import { addresses } from "./addresses.js";
import { encoded } from "./encoded.js";
import { keysAndCertificates } from "./keys-and-certificates.js";
import { knownSecrets } from "./known-secrets.js";
import { type Names, withoutNames } from "./names.js";
import type { Rule } from "./rule.js";
import { secretsInPlace } from "./secrets-in-place.js";
import { type Replaced, StandIns } from "./stand-ins.js";

/** Nobody reads on, and expressions would take long over it. */
const longestLine = 10_000;

function withoutEndlessLines(text: string): string {
  return text.replaceAll(
    /^(.{10000}).+/gm,
    (found, kept: string) => `${kept} (${found.length - longestLine} more characters were left out)`,
  );
}

/** What is known beforehand of what has to be taken out. */
export interface Known extends Names {
  /** Values of secrets. */
  readonly secrets: readonly string[];
  /** MAC addresses that may stay: those of the lab's own machines. */
  readonly macs: readonly string[];
}

/**
 * Takes out of texts what must not leave the host: secrets, keys, public addresses, names. The same thing has the same stand-in
 * in every text, so that a reader can follow it.
 */
export class Redactor {
  readonly #rules: readonly Rule[];
  readonly #standIns = new StandIns();

  constructor(known: Known) {
    const plain = [
      knownSecrets(known.secrets),
      keysAndCertificates,
      ...secretsInPlace,
      ...withoutNames(known),
      ...addresses(known.macs),
    ];
    const inside: Rule = (text, standIns) => plain.reduce((clean, rule) => rule(clean, standIns), text);
    // Known secrets come first, since their forms are exact; and what is encoded before names, which occur in it by chance.
    this.#rules = [...plain.slice(0, 2), encoded(inside), ...plain.slice(2)];
  }

  redact(text: string): string {
    return this.#rules.reduce((clean, rule) => rule(clean, this.#standIns), withoutEndlessLines(text));
  }

  /** What was replaced so far, in all texts. */
  get replaced(): readonly Replaced[] {
    return this.#standIns.replaced();
  }
}
