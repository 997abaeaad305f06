#!/usr/bin/env node
// npm run test:fresh: the README's two commands on a Debian where nothing was prepared, in a clone in root's home.
import { existsSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { interruption, run } from "@k3s-lab/exec";
import { ensurePrograms } from "@k3s-lab/host";
import { buildPrograms } from "@k3s-lab/machines";
import { makeFreshRoot } from "./fresh-root.js";

const root = fileURLToPath(new URL("../../../", import.meta.url));
const usage = `Runs \`npm ci\` and \`npm test\` for HEAD on a minimal Debian, from empty caches.

Usage: npm run test:fresh -- [--cold] [--] [ARGUMENT of npm test...]

  --cold   do not use this host's caches of Go`;

const commands = `cd k3s-lab
npm ci
exec npm test -- "$@"`;

const args = process.argv.slice(2);
if (args[0] === "--help") {
  console.log(usage);
} else if (process.platform !== "linux" || process.getuid?.() !== 0) {
  console.error(
    `npm run test:fresh: needs root on Linux, to make namespaces. Run: sudo env "PATH=$PATH" npm run test:fresh`,
  );
  process.exitCode = 3;
} else {
  const signal = interruption();
  const testArgs = args.filter((arg) => arg !== "--cold" && arg !== "--");
  process.exitCode = await testFresh(args.includes("--cold"), testArgs, signal).catch((error: unknown) => {
    if (!signal.aborted) throw error;
    console.error("npm run test:fresh: was interrupted.");
    return 130;
  });
}

async function testFresh(cold: boolean, testArgs: readonly string[], signal: AbortSignal): Promise<number> {
  const onLine = (line: string) => console.log(line);
  const output = async (command: string, argv: readonly string[]) =>
    (await run(command, argv, { cwd: root, signal })).stdout.trim();
  await ensurePrograms(buildPrograms, { install: "auto", note: onLine });
  const [goRoot = "", modules = "", builds = ""] = (
    await output("go", ["env", "GOROOT", "GOMODCACHE", "GOCACHE"])
  ).split("\n");
  const caches = cold ? {} : { GOMODCACHE: modules, GOCACHE: builds };
  const cafile = await output("npm", ["config", "get", "cafile"]);
  const env = {
    HOME: "/root",
    PATH: `${goRoot}/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin`,
    CI: "true",
    npm_config_registry: await output("npm", ["config", "get", "registry"]),
    ...(cafile === "null" ? {} : { npm_config_cafile: cafile }),
    ...caches,
    ...passedOn(),
  };
  const started = performance.now();
  const seconds = () => `${Math.round((performance.now() - started) / 1000)} s`;
  await using fresh = await makeFreshRoot({
    npm: join(await output("npm", ["root", "--global"]), "npm"),
    shared: [goRoot, ...Object.values(caches)].filter((path) => existsSync(path)),
    env,
    signal,
    onLine: (line) => line.startsWith("I: ") || onLine(line),
  });
  // What CI checked out may be shallow, and another user's.
  const clone = ["-c", "safe.directory=*", "clone", "--quiet", "--depth", "1", "-c", "advice.detachedHead=false"];
  await output("git", [...clone, `file://${root}`, join(fresh.dir, "root/k3s-lab")]);
  console.log(`npm run test:fresh: ${fresh.dir} is made after ${seconds()}`);
  const { exitCode } = await fresh.run(["sh", "-euc", commands, "sh", ...testArgs], {
    timeout: 170 * 60_000,
    onLine,
    answers: "any",
  });
  console.log(`npm run test:fresh: ended with exit code ${exitCode} after ${seconds()}`);
  return exitCode;
}

/** How this host reaches registries: proxies, their certificates, Go's proxy and checksum database. */
function passedOn(): Readonly<Record<string, string>> {
  const names =
    /^(https?_proxy|no_proxy|NODE_EXTRA_CA_CERTS|SSL_CERT_FILE|GO(PROXY|SUMDB|NOSUMDB|PRIVATE|TOOLCHAIN))$/i;
  return Object.fromEntries(
    Object.entries(process.env).filter(
      (entry): entry is [string, string] => names.test(entry[0]) && entry[1] !== undefined,
    ),
  );
}
