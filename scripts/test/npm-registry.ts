// An npm registry in an emulated host: verdaccio, installed by a lock of its own, which knows no other registry.
import { copyFileSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { run } from "@k3s-lab/exec";
import type { EmulatedHost } from "@k3s-lab/testbed";
import { passwords } from "./own-registry.js";

const locked = fileURLToPath(new URL("verdaccio/", import.meta.url));
const address = "127.0.0.1:4873";

export interface NpmRegistry extends AsyncDisposable {
  /** Runs npm on the emulated host, in a folder against this registry, and resolves with what it prints. */
  npm(folder: string, ...args: readonly string[]): Promise<string>;
}

/** Starts the registry with its files in `dir`; its program comes from the real host's package registry. */
export async function startNpmRegistry(host: EmulatedHost, dir: string): Promise<NpmRegistry> {
  mkdirSync(dir, { recursive: true });
  for (const file of ["package.json", "package-lock.json"]) copyFileSync(join(locked, file), join(dir, file));
  const quiet = ["--ignore-scripts", "--no-audit", "--no-fund"];
  await run("npm", ["ci", ...quiet], { cwd: dir, timeout: 5 * 60_000 });
  const [password, hash] = passwords.first;
  writeFileSync(join(dir, "htpasswd"), `ann:${hash}\n`);
  const config = {
    storage: join(dir, "storage"),
    auth: { htpasswd: { file: join(dir, "htpasswd"), max_users: -1 } },
    packages: { "**": { access: "$all", publish: "ann" } },
    // A build is larger than any package that npm's users publish; it is sent in base64.
    max_body_size: "400mb",
    log: { type: "stdout", format: "pretty", level: "warn" },
  };
  writeFileSync(join(dir, "config.yaml"), JSON.stringify(config));
  const program = join(dir, "node_modules/verdaccio/bin/verdaccio");
  const started = await host.background(
    process.execPath,
    [program, "--config", join(dir, "config.yaml"), "--listen", address],
    { ready: /http address/, within: 60_000, cwd: dir },
  );
  const userconfig = join(dir, "npmrc");
  const login = Buffer.from(`ann:${password}`).toString("base64");
  writeFileSync(userconfig, `//${address}/:_auth=${login}\n`, { mode: 0o600 });
  const env = {
    // By the environment, which outranks every .npmrc: the one who runs the tests may have named a registry there himself.
    npm_config_registry: `http://${address}/`,
    npm_config_userconfig: userconfig,
    npm_config_cache: join(dir, "cache"),
    npm_config_update_notifier: "false",
  };
  return {
    npm: async (folder, ...args) =>
      (await host.run("npm", [...args, ...quiet], { cwd: folder, env, timeout: 5 * 60_000 })).stdout,
    [Symbol.asyncDispose]: () => started[Symbol.asyncDispose](),
  };
}
