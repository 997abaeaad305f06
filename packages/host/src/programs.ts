import { accessSync, constants, existsSync } from "node:fs";
import { delimiter, join } from "node:path";
import { Problem } from "@k3s-lab/problem";
import { aptInstall, installCommand } from "./apt.js";
import { isRootByDocker } from "./caller.js";

/** Something from a Debian package that the host must have. */
export interface Program {
  /** A program on PATH, or the absolute path of a file where the package brings no program. */
  readonly name: string;
  readonly package: string;
  /** What a lab uses it for, after "it": "makes the machines". */
  readonly why: string;
}

export interface InstallOptions {
  /** auto: whatever is missing is installed, as root with apt. */
  readonly install: "auto" | "never";
  note(message: string): void;
}

/**
 * Finds every program, or installs the packages of those that are missing. Throws how to, where it may not (exit code
 * 3).
 */
export async function ensurePrograms(programs: readonly Program[], options: InstallOptions): Promise<void> {
  const missing = missingPrograms(programs);
  if (missing.length === 0) return;
  const refusal = cannotInstall(missing, options.install);
  if (refusal !== undefined) throw refusal;
  const packages = packagesOf(missing);
  options.note(
    `installing ${packages.join(", ")} with apt-get, because the host lacks ${missing.map(({ name }) => name).join(", ")}`,
  );
  await aptInstall(packages);
  const still = missingPrograms(missing);
  if (still.length > 0) throw lacking(still);
}

/** Returns why missing programs cannot be installed here: with exit code 3, and the command that installs them. */
export function cannotInstall(missing: readonly Program[], install: InstallOptions["install"]): Problem | undefined {
  return missing.length === 0 || mayInstall(install) ? undefined : lacking(missing);
}

/** Whether packages may be installed on this host: never where it was Docker that made this process root's. */
export function mayInstall(install: InstallOptions["install"]): boolean {
  return install === "auto" && process.getuid?.() === 0 && !isRootByDocker() && isInstalled("apt-get");
}

/** Tells whether the host has a program on PATH, or the file of an absolute path. */
export function isInstalled(program: string, env: NodeJS.ProcessEnv = process.env): boolean {
  if (program.startsWith("/")) return existsSync(program);
  return programFile(program, env) !== undefined;
}

/** Returns the file that a program on PATH is; undefined where there is none. */
export function programFile(program: string, env: NodeJS.ProcessEnv = process.env): string | undefined {
  // Network programs are in /usr/sbin, which is not on the PATH of a user of Debian.
  const dirs = [...(env.PATH ?? "").split(delimiter), "/usr/local/sbin", "/usr/sbin", "/sbin"];
  // Windows' PATHEXT: vagrant is vagrant.exe there. The empty end is the name itself.
  const ends = new Set(["", ...(env.PATHEXT ?? "").toLowerCase().split(";")]);
  return dirs.flatMap((dir) => [...ends].map((end) => join(dir, program + end))).find(isProgram);
}

export function missingPrograms(programs: readonly Program[], env: NodeJS.ProcessEnv = process.env): Program[] {
  return programs.filter(({ name }) => !isInstalled(name, env));
}

function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

function lacking(missing: readonly Program[]): Problem {
  const packages = packagesOf(missing);
  const list = missing.map(({ name, why }) => `${name} (${why})`).join(", ");
  const remedy = isInstalled("apt-get")
    ? `Run: ${installCommand(packages)}`
    : `Install what Debian calls ${packages.join(", ")} with the host's package manager.`;
  return new Problem("LAB-HST-004", "host", `lacks ${list}`, { remedy });
}

/** Returns each package once. */
export function packagesOf(programs: readonly Program[]): readonly string[] {
  return [...new Set(programs.map((program) => program.package))];
}
