import { createHash } from "node:crypto";
import { existsSync, readFileSync, realpathSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import type { LabConfig } from "./config.js";
import { labDigest } from "./files.js";
import { exitCode, Problem } from "./problem.js";
import { LabState } from "./state.js";

/** A lab as its configuration asks for it, and the place of its files. */
export interface Lab {
  readonly config: LabConfig;
  /** Absolute path of lab.yaml; the file need not exist: every key has a default. */
  readonly file: string;
  readonly state: LabState;
  /** Tells this lab from every other on the host: six hexadecimal digits. */
  readonly id: string;
}

/** lab.yaml in the folder that the person stands in, unless `--config` names another. */
export function findConfig(option: string | undefined, env: NodeJS.ProcessEnv = process.env): string {
  const standing = env.INIT_CWD ?? process.cwd();
  const file = resolve(standing, option ?? env.K3S_LAB_CONFIG ?? "lab.yaml");
  if (option !== undefined && !existsSync(file)) {
    throw new Problem(file, "is not there, though --config names it", { exitCode: exitCode.usage });
  }
  return existsSync(dirname(file)) ? join(realpathSync(dirname(file)), file.slice(dirname(file).length + 1)) : file;
}

/**
 * Reads lab.yaml, or takes what an earlier command has validated of the very same text: the schema library costs
 * more than all else that a stage with nothing to do needs. With `record`, what was validated is kept. With
 * `anyConfig`, a lab.yaml that is wrong by now is no obstacle: what was recorded last, or the defaults, stand for it.
 */
export async function openLab(
  file: string,
  options: { readonly record?: boolean; readonly anyConfig?: boolean } = {},
): Promise<Lab> {
  const text = existsSync(file) ? readFileSync(file, "utf8") : "";
  const dir = join(dirname(file), ".lab");
  const state = new LabState(dir);
  const source = createHash("sha256").update(schemaVersion).update(text).digest("hex");
  const config = validated(state, source) ?? (await parsed(text, file, state, options.anyConfig));
  if (options.record) state.write("config", { source, config });
  return { config, file, state, id: labDigest(dir) };
}

/** Part of the key of a validated configuration; raised with every change of the schema or its checks. */
const schemaVersion = "1";

async function parsed(text: string, file: string, state: LabState, anyConfig = false): Promise<LabConfig> {
  const { parseConfig } = await import("./parse-config.js");
  try {
    return parseConfig(text, file);
  } catch (error) {
    if (!anyConfig || !(error instanceof Problem)) throw error;
    return validated(state) ?? parseConfig("", file);
  }
}

/** The recorded configuration: of this very source, or whatever it came from. */
function validated(state: LabState, source?: string): LabConfig | undefined {
  try {
    const known = state.read<{ source: string; config: LabConfig }>("config");
    return source === undefined || known?.source === source ? known?.config : undefined;
  } catch {
    return undefined; // What an older version left is validated anew.
  }
}
