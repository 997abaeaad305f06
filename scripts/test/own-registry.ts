// A company's own registry, in an emulated host: with a certificate of its own CA, and a login.
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { extractRegistry } from "../../packages/registry/test/real-registry.js";
import { type Background, type EmulatedHost, makeAuthority } from "@k3s-lab/testbed";

/** What ann logs in by, and its bcrypt hash for the registry's password file. */
export const passwords = {
  first: ["first-secret", "$2b$04$zJm/dqTjA8xY.5UKdhkYeuL82qsAOGFaq9PxtXWBsUazUYeD0QSii"],
  second: ["second-secret", "$2b$04$dkfZrwL0fsa.0TmqyGRPyOEOYneSCn.e5yCtM11Fsq/OhtgmnE3dK"],
} as const;

type Password = (typeof passwords)[keyof typeof passwords];

export interface OwnRegistry {
  /** "192.168.77.10:5001" */
  readonly name: string;
  /** The certificate of its CA, and that of another CA. */
  readonly ca: string;
  readonly otherCa: string;
  /** The folder of a config.json as `docker login` writes it. */
  readonly docker: string;
  start(): Promise<Background>;
  /** Changes the password that it takes. */
  accept(password: Password): void;
  /** Copies an image into it while it runs, in skopeo's notation. Resolves with its digest. */
  push(source: string, target: string): Promise<string>;
}

/** Makes the registry, out of the program that labs run, which is in an archive of the build from modules. */
export async function ownRegistry(host: EmulatedHost, dir: string, archive: string): Promise<OwnRegistry> {
  const address = "192.168.77.10";
  const name = `${address}:5001`;
  const at = (file: string) => join(dir, file);
  mkdirSync(at("docker"), { recursive: true });
  extractRegistry(archive, dir);
  const [own, other] = [await makeAuthority(dir, "own", address), await makeAuthority(dir, "other", address)];
  const config = {
    version: 0.1,
    log: { level: "info" },
    storage: { filesystem: { rootdirectory: at("store") } },
    http: { addr: `0.0.0.0:5001`, tls: { certificate: at("own-cert.pem"), key: at("own-key.pem") } },
    auth: { htpasswd: { realm: "own", path: at("htpasswd") } },
  };
  writeFileSync(at("config.yml"), JSON.stringify(config));
  let current: Password = passwords.first;
  const accept = (password: Password) => {
    current = password;
    writeFileSync(at("htpasswd"), `ann:${password[1]}\n`);
    const auth = Buffer.from(`ann:${password[0]}`).toString("base64");
    writeFileSync(at("docker/config.json"), JSON.stringify({ auths: { [name]: { auth } } }));
  };
  accept(current);
  return {
    name,
    ca: readFileSync(own.file, "utf8"),
    otherCa: readFileSync(other.file, "utf8"),
    docker: at("docker"),
    accept,
    start: () =>
      host.background(at("bin/registry"), ["serve", at("config.yml")], {
        ready: /listening on .*:5001/,
        env: { OTEL_TRACES_EXPORTER: "none" },
      }),
    async push(source, target) {
      const digest = at("digest");
      const to = ["--dest-tls-verify=false", `--dest-creds=ann:${current[0]}`, `--digestfile=${digest}`];
      await host.run("skopeo", ["--insecure-policy", "copy", ...to, source, `docker://${name}/${target}`]);
      return readFileSync(digest, "utf8").trim();
    },
  };
}
