import { randomBytes } from "node:crypto";
import type { Lab } from "@k3s-lab/lab";
import { type Step, step } from "@k3s-lab/steps";
import { keysRecord, readKeys, type RegistryKeys } from "./keys.js";
import { type AskedLogin, askedLogin, fitting, isComplete } from "./wanted-keys.js";
import type { Registry } from "./registry.js";

/**
 * Returns the keys that lab.yaml asks for: those that were made before, and new ones for what is missing, has changed or ends soon.
 * Records nothing.
 */
export async function makeKeys(lab: Lab, registry: Registry): Promise<RegistryKeys> {
  if (!registry.auth && !registry.tls) return {};
  const asked = askedLogin(lab);
  const kept = fitting(readKeys(lab), { asked, registry });
  const login = kept.login ?? (asked && (await makeLogin(asked)));
  if (!registry.tls || (kept.authority !== undefined && kept.server !== undefined)) {
    return { ...kept, ...(login && { login }) };
  }
  const { makeAuthority, makeServer } = await import("./make-certificates.js");
  const authority = kept.authority ?? (await makeAuthority(lab.config.name));
  const server = kept.server ?? (await makeServer(authority, registry));
  return { ...kept, ...(login && { login }), authority, server };
}

/**
 * The least work that bcrypt knows, since the registry does it for every request. The password of the lab is too long to be guessed,
 * and where the hash can be read, in the cluster, there are registries.yaml and the password itself.
 */
const rounds = 4;

async function makeLogin({ username, password }: AskedLogin) {
  const { hash } = await import("bcryptjs");
  const chosen = password ?? randomBytes(18).toString("base64url");
  return {
    username,
    password: chosen,
    hash: await hash(chosen, rounds),
    from: password === undefined ? ("lab" as const) : ("lab.yaml" as const),
  };
}

/**
 * Records the keys, before the first node gets any of them. What is not used any more stays for the day that it is asked for again,
 * so that nobody has to sign in, or to trust an authority, anew.
 */
export function keepKeysStep(lab: Lab, registry: Registry, made: RegistryKeys): Step {
  return step<RegistryKeys>({
    id: "make-registry-keys",
    title: "Make the registry's password and certificates",
    observe: async () => readKeys(lab),
    plan: (known) => {
      const isKept = JSON.stringify({ ...known, ...made }) === JSON.stringify(known) && hasFiles(lab, made);
      if (isKept || !isComplete(made, registry)) return [];
      return [
        {
          on: "registry",
          kind: "make",
          sentence: `registry: ${wordsOf(known, made)}`,
          keepsFacts: true,
          run: async () => keepKeys(lab, { ...known, ...made }),
        },
      ];
    },
  });
}

function wordsOf(known: RegistryKeys, made: RegistryKeys): string {
  const has = (key: keyof RegistryKeys) => made[key] !== undefined;
  const isNew = (key: keyof RegistryKeys) => JSON.stringify(made[key]) !== JSON.stringify(known[key]);
  const word = (key: keyof RegistryKeys) => (known[key] === undefined ? "make" : "renew");
  const words = [
    ...(has("login") && isNew("login")
      ? [made.login?.from === "lab" ? "make a password" : "take the password that lab.yaml names"]
      : []),
    ...(has("authority") && isNew("authority") ? [`${word("authority")} a certificate authority`] : []),
    ...(has("server") && isNew("server") ? [`${word("server")} its certificate`] : []),
  ];
  return words.length === 0 ? "write its password and its authority beside lab.yaml" : words.join(", ");
}

/** What a person hands to `docker login`, and to the programs that are to trust the registry. */
function filesOf({ login, authority }: RegistryKeys) {
  return [
    ["registryPassword", login?.password],
    ["registryAuthority", authority?.certificate],
  ] as const;
}

function hasFiles({ state }: Lab, keys: RegistryKeys): boolean {
  return filesOf(keys).every(([file, text]) => text === undefined || state.exists(file));
}

function keepKeys({ state }: Lab, keys: RegistryKeys): void {
  state.write(keysRecord, keys);
  for (const [file, text] of filesOf(keys)) if (text !== undefined) state.writeText(file, text);
}
