import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { cacheDir } from "@k3s-lab/host";
import { hostArch } from "@k3s-lab/k3s-source";
import { Registry } from "../src/registry.js";
import { serves } from "../src/registry-api.js";

/** The archive of the registry's image in a build of k3s-from-modules, where this host has one. */
export function builtArchive(): string | undefined {
  const builds = join(cacheDir(), "k3s-from-modules");
  const names = existsSync(builds) ? readdirSync(builds) : [];
  return names
    .map((name) => join(builds, name, `k3s-airgap-registry-${hostArch().name}.tar`))
    .find((archive) => existsSync(archive));
}

/** Starts a real registry, the very program that labs run, on an address of this host. */
export async function startRegistry(
  archive: string,
): Promise<AsyncDisposable & { readonly registry: Registry; readonly configFile: string }> {
  const dir = mkdtempSync(join(tmpdir(), "k3s-lab-real-registry-"));
  const port = await freePort();
  extractRegistry(archive, dir);
  const config = {
    version: 0.1,
    log: { level: "error" },
    storage: { filesystem: { rootdirectory: join(dir, "store") } },
  };
  writeFileSync(join(dir, "config.yml"), JSON.stringify({ ...config, http: { addr: `127.0.0.1:${port}` } }));
  const child = spawn(join(dir, "bin/registry"), ["serve", join(dir, "config.yml")], {
    stdio: "ignore",
    env: { ...process.env, OTEL_TRACES_EXPORTER: "none" },
  });
  const registry = new Registry({ node: "multi", address: "127.0.0.1", port });
  for (let tries = 0; !(await serves(registry.access)); tries++) {
    if (tries === 300 || child.exitCode !== null) throw new Error("the registry does not start");
    await delay(50);
  }
  return {
    registry,
    configFile: join(dir, "config.yml"),
    async [Symbol.asyncDispose]() {
      child.kill("SIGKILL");
      if (child.exitCode === null && child.signalCode === null) await once(child, "exit");
      rmSync(dir, { recursive: true });
    },
  };
}

/** Takes the program, bin/registry, out of the last layer of its image. */
export function extractRegistry(archive: string, dir: string): void {
  const manifest = JSON.parse(execFileSync("tar", ["xOf", archive, "manifest.json"], { encoding: "utf8" })) as [
    { readonly Layers: readonly string[] },
  ];
  const layer = manifest[0].Layers.at(-1) ?? "";
  const maxBuffer = 512 * 1024 * 1024;
  const program = execFileSync("tar", ["xOf", archive, layer], { maxBuffer });
  execFileSync("tar", ["x", "-C", dir, "bin/registry"], { input: program, maxBuffer });
}

/** Returns a port that nothing listens on. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as { port: number };
  server.close();
  await once(server, "close");
  return port;
}
