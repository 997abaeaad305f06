import { CommandFailed, run } from "@k3s-lab/exec";
import { GoMissing, GoTooOld, isMissing } from "./errors.js";

/** The part of `go env` that decides what is built. */
export interface GoEnvironment {
  readonly GOVERSION: string;
  readonly GOMODCACHE: string;
  readonly GOAMD64: string;
  readonly GOARM64: string;
  readonly GOEXPERIMENT: string;
  readonly GOFLAGS: string;
  readonly CC: string;
}

const names = ["GOVERSION", "GOMODCACHE", "GOAMD64", "GOARM64", "GOEXPERIMENT", "GOFLAGS", "CC"] as const;

/** Returns the newest version of Go that several go.mod files ask for. */
export function neededGo(goMods: readonly string[]): string {
  const versions = goMods.map((goMod) => /^go (\S+)/m.exec(goMod)?.[1] ?? "0");
  return versions.reduce((newest, each) => (compareGo(newest, each) < 0 ? each : newest), "0");
}

export function compareGo(a: string, b: string): number {
  const others = numbers(b);
  const differences = numbers(a).map((number, index) => number - (others[index] ?? 0));
  return differences.find((difference) => difference !== 0) ?? 0;
}

/** Returns the three numbers of "go1.26.8", "1.26.0" and "go1.27rc1 X:foo" alike. */
function numbers(version: string): readonly number[] {
  const [, ...parts] = /^(?:go)?(\d+)(?:\.(\d+))?(?:\.(\d+))?/.exec(version.trim()) ?? [];
  return [0, 1, 2].map((index) => Number(parts[index] ?? 0));
}

/** Asks in the directory of the most demanding module, so that GOTOOLCHAIN counts. */
export async function goEnvironment(
  cwd: string,
  needed: string,
  signal: AbortSignal | undefined,
): Promise<GoEnvironment> {
  const asked = run("go", ["env", "-json", ...names], { cwd, env: { GOWORK: "off" }, signal });
  const { stdout } = await asked.catch((error: unknown) => {
    if (!(error instanceof CommandFailed)) throw error;
    if (isMissing(error)) throw new GoMissing(needed, error);
    const running = /requires go >= \S+ \(running go ([^;)\s]+)/.exec(error.stderr)?.[1];
    throw running ? new GoTooOld(needed, running, error) : error;
  });
  const env = JSON.parse(stdout) as Partial<GoEnvironment>;
  const version = env.GOVERSION ?? "0";
  if (compareGo(version, needed) < 0) throw new GoTooOld(needed, version.replace(/^go/, ""));
  return {
    GOVERSION: version,
    GOMODCACHE: env.GOMODCACHE ?? "",
    GOAMD64: env.GOAMD64 ?? "",
    GOARM64: env.GOARM64 ?? "",
    GOEXPERIMENT: env.GOEXPERIMENT ?? "",
    GOFLAGS: env.GOFLAGS ?? "",
    CC: env.CC ?? "gcc",
  };
}
