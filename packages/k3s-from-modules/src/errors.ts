import { CommandFailed } from "@k3s-lab/exec";
import { Problem } from "@k3s-lab/problem";

/** `go` is not installed on this machine. */
export class GoMissing extends Problem {
  override readonly name = "GoMissing";

  constructor(needed: string, cause?: unknown) {
    super("LAB-MOD-001", "go", `not found, ${needed} or newer is needed`, {
      remedy: "Install it from https://go.dev/dl and put it on the PATH.",
      cause,
    });
  }
}

export class GoTooOld extends Problem {
  override readonly name = "GoTooOld";
  readonly needed: string;
  readonly found: string;

  constructor(needed: string, found: string, cause?: unknown) {
    super("LAB-MOD-002", "go", `${found} is too old, ${needed} or newer is needed`, {
      remedy: "Install it from https://go.dev/dl, or set GOTOOLCHAIN=auto.",
      cause,
    });
    this.needed = needed;
    this.found = found;
  }
}

/** What runc needs beside Go is missing: it is built with C. `packages` are Debian's names. */
export class BuildToolsMissing extends Problem {
  override readonly name = "BuildToolsMissing";
  readonly packages: readonly string[];

  constructor(packages: readonly string[], cause?: unknown) {
    super("LAB-MOD-003", "runc", `cannot be built: missing ${packages.join(", ")}`, {
      remedy: `Run: apt-get install ${packages.join(" ")}`,
      cause,
    });
    this.packages = packages;
  }
}

export class BuildFailed extends Problem {
  override readonly name = "BuildFailed";

  constructor(part: string, output: string, cause?: unknown) {
    super("LAB-MOD-004", `building ${part}`, `go failed:\n${output}`, { cause });
  }
}

/** A package must not be handed on without the licences of what is in it. */
export class LicenceMissing extends Problem {
  override readonly name = "LicenceMissing";

  constructor(subject: string, place: string, cause?: unknown) {
    super("LAB-MOD-005", subject, `has no licence that could be found, looked for in ${place}`, { cause });
  }
}

/** Tells whether the program is not installed, rather than that it failed. */
export function isMissing({ cause }: CommandFailed): boolean {
  return cause instanceof Error && "code" in cause && cause.code === "ENOENT";
}
