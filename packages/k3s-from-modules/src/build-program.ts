import { basename } from "node:path";
import { CommandFailed, run } from "@k3s-lab/exec";
import { BuildFailed } from "./errors.js";
import { reproducible } from "./parts.js";

export interface ProgramOptions {
  /** The folder of the module. */
  readonly folder: string;
  /** The main package; the one in the folder when absent. */
  readonly program?: string | undefined;
  /** The file to write. */
  readonly out: string;
  /** As Go calls it; this machine's own when absent. */
  readonly arch?: string | undefined;
  /** Whether the program is that of the package's tests. */
  readonly tests?: boolean;
  /** Flags of the linker: "-X PACKAGE.NAME=VALUE". */
  readonly linker?: readonly string[];
  /** Milliseconds. Default: 15 minutes. */
  readonly timeout?: number;
  readonly signal?: AbortSignal | undefined;
}

/** Builds one static program for Linux: the same sources give the same bytes. */
export async function buildProgram(options: ProgramOptions): Promise<void> {
  const { folder, program = ".", out, arch, tests = false, linker = [], timeout = 15 * 60_000, signal } = options;
  const env = { CGO_ENABLED: "0", GOWORK: "off", GOOS: "linux", ...(arch && { GOARCH: arch }) };
  const build = tests ? ["test", "-c", "-vet=off"] : ["build"];
  try {
    await run("go", [...build, ...reproducible({ linker }), "-o", out, program], { cwd: folder, env, timeout, signal });
  } catch (error) {
    if (!(error instanceof CommandFailed) || error.exit === undefined) throw error;
    throw new BuildFailed(basename(out), error.stderr, error);
  }
}
