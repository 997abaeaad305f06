import { CommandFailed, run } from "@k3s-lab/exec";
import { BuildToolsMissing, isMissing } from "./errors.js";
import type { Arch } from "./release.js";

const machine: Readonly<Record<Arch, string>> = { amd64: "x86_64", arm64: "aarch64" };
const native: Readonly<Record<string, Arch>> = { x64: "amd64", arm64: "arm64" };

/** Returns the C compiler for an architecture: the user's for this machine's own, else the cross compiler. */
export function compiler(arch: Arch, own: string, host: string = process.arch): string {
  return native[host] === arch ? own : `${machine[arch]}-linux-gnu-gcc`;
}

/** Debian's packages that a build of runc takes. */
export const buildTools = ["gcc", "libc6-dev", "libseccomp-dev", "pkg-config"] as const;

const program = "#include <seccomp.h>\nint main(void) { return seccomp_reset(0, 0); }\n";

/** Tries in a tenth of a second what the build of runc will do, which is C, too, and static. */
export async function checkCompiler(cc: string, signal: AbortSignal | undefined): Promise<void> {
  const [command = "gcc", ...flags] = cc.split(" ");
  const compile = (args: readonly string[], source: string): Promise<unknown> =>
    run(command, [...flags, "-x", "c", "-static", "-o", "/dev/null", "-", ...args], { input: source, signal });
  const plain = await failureOf(compile([], '#include <stdio.h>\nint main(void) { return puts(""); }\n'));
  const isUseless: Readonly<Record<(typeof buildTools)[number], boolean>> = {
    gcc: plain !== undefined && isMissing(plain),
    "libc6-dev": plain !== undefined,
    // Without a compiler that works, nothing can be told of it: it is asked for along.
    "libseccomp-dev": (plain ?? (await failureOf(compile(["-lseccomp"], program)))) !== undefined,
    "pkg-config": (await failureOf(run("pkg-config", ["--version"], { signal }))) !== undefined,
  };
  const missing = buildTools.filter((name) => isUseless[name]);
  if (missing.length > 0) throw new BuildToolsMissing(missing);
}

async function failureOf(running: Promise<unknown>): Promise<CommandFailed | undefined> {
  try {
    await running;
    return undefined;
  } catch (error) {
    if (error instanceof CommandFailed) return error;
    throw error;
  }
}
