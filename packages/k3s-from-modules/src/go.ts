import { CommandFailed, run } from "@k3s-lab/exec";
import { GoMissing, GoTooOld, isMissing } from "./errors.js";

/** What of `go env` decides what is built. */
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

/** The newest `go` line of several go.mod files. */
export function neededGo(goMods: readonly string[]): string {
  const lines = goMods.map((m) => /^go (\S+)/m.exec(m)?.[1] ?? "0");
  return lines.reduce((a, b) => (compareGo(a, b) < 0 ? b : a), "0");
}

export function compareGo(a: string, b: string): number {
  const [x, y] = [numbers(a), numbers(b)];
  for (let i = 0; i < 3; i++) {
    const d = (x[i] ?? 0) - (y[i] ?? 0);
    if (d !== 0) return d;
  }
  return 0;
}

/** "go1.26.8", "1.26.0" and "go1.27rc1 X:foo" alike. */
function numbers(version: string): number[] {
  const match = /^(?:go)?(\d+)(?:\.(\d+))?(?:\.(\d+))?/.exec(version.trim());
  return match ? match.slice(1).map((n) => Number(n ?? 0)) : [];
}

/** Asks in the directory of the most demanding module, so that GOTOOLCHAIN has its say. */
export async function goEnvironment(
  cwd: string,
  needed: string,
  signal: AbortSignal | undefined,
): Promise<GoEnvironment> {
  let found: string;
  try {
    found = (
      await run("go", ["env", "-json", ...names], { cwd, env: { GOWORK: "off" }, ...(signal ? { signal } : {}) })
    ).stdout;
  } catch (error) {
    if (error instanceof CommandFailed && isMissing(error)) throw new GoMissing(needed, error);
    const running =
      error instanceof CommandFailed && /requires go >= \S+ \(running go ([^;)\s]+)/.exec(error.stderr)?.[1];
    if (running) throw new GoTooOld(needed, running, error);
    throw error;
  }
  const env = JSON.parse(found) as Partial<GoEnvironment>;
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
