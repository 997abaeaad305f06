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
  readonly signal?: AbortSignal | undefined;
}

/** Builds one static program for Linux: the same sources give the same bytes. */
export async function buildProgram({ folder, program = ".", out, arch, signal }: ProgramOptions): Promise<void> {
  const env = { CGO_ENABLED: "0", GOWORK: "off", GOOS: "linux", ...(arch && { GOARCH: arch }) };
  const options = { cwd: folder, env, timeout: 15 * 60_000, signal };
  try {
    await run("go", ["build", ...reproducible(), "-o", out, program], options);
  } catch (error) {
    if (!(error instanceof CommandFailed) || error.exit === undefined) throw error;
    throw new BuildFailed(basename(out), error.stderr, error);
  }
}
