import { accessSync, constants, existsSync } from "node:fs";
import { delimiter, join } from "node:path";
import { Problem } from "@k3s-lab/problem";
import { aptInstall, installCommand } from "./apt.js";

/** Something of a Debian package that the host must have. */
export interface Program {
  /** A program on PATH, or the absolute path of a file where the package brings no program. */
  readonly name: string;
  readonly package: string;
  /** What a lab does with it: "makes the machines". */
  readonly why: string;
}

export interface InstallOptions {
  /** auto: as root with apt, what is missing is installed. */
  readonly install: "auto" | "never";
  note(message: string): void;
}

/** Finds every program, or installs the packages of those that are missing, or says how to (exit code 3). */
export async function ensurePrograms(programs: readonly Program[], options: InstallOptions): Promise<void> {
  const missing = missingPrograms(programs);
  if (missing.length === 0) return;
  const packages = [...new Set(missing.map((program) => program.package))];
  const hasApt = missingPrograms([{ name: "apt-get", package: "apt", why: "" }]).length === 0;
  if (options.install === "never" || process.getuid?.() !== 0 || !hasApt) throw lacking(missing, packages, hasApt);
  options.note(`installing ${packages.join(", ")} with apt-get, because the host lacks ${names(missing)}`);
  await aptInstall(packages);
  const still = missingPrograms(missing);
  if (still.length > 0) throw lacking(still, packages, hasApt);
}

export function isInstalled(program: string): boolean {
  return program.startsWith("/") ? existsSync(program) : onPath(program, process.env);
}

export function missingPrograms(programs: readonly Program[], env: NodeJS.ProcessEnv = process.env): Program[] {
  return programs.filter(({ name }) => (name.startsWith("/") ? !existsSync(name) : !onPath(name, env)));
}

/** /usr/sbin is where network programs are, and not on the PATH of a user of Debian. */
function onPath(name: string, env: NodeJS.ProcessEnv): boolean {
  const dirs = [...(env.PATH ?? "").split(delimiter), "/usr/local/sbin", "/usr/sbin", "/sbin"];
  // Windows' PATHEXT: vagrant is vagrant.exe there.
  const spellings = [
    name,
    ...(env.PATHEXT ?? "").split(";").flatMap((end) => (end === "" ? [] : [name + end.toLowerCase()])),
  ];
  return dirs.some((dir) => spellings.some((each) => isProgram(join(dir, each))));
}

function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

function lacking(missing: readonly Program[], packages: readonly string[], hasApt: boolean): Problem {
  const list = missing.map(({ name, why }) => `${name} (${why})`).join(", ");
  const remedy = hasApt
    ? `Run: ${installCommand(packages)}`
    : `Install what Debian calls ${packages.join(", ")} with the host's package manager.`;
  return new Problem("LAB-HST-004", "host", `lacks ${list}`, { remedy });
}

function names(programs: readonly Program[]): string {
  return programs.map((program) => program.name).join(", ");
}
