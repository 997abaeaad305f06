import { gzipSync } from "node:zlib";
import { writeTar } from "@k3s-lab/images";
import type { Lab } from "@k3s-lab/lab";
import { messageOf } from "@k3s-lab/problem";
import { type CommandLine, commandParts } from "./gather/command-parts.js";
import { fileParts } from "./gather/file-parts.js";
import { hostParts } from "./gather/host-parts.js";
import { knownOf } from "./gather/known.js";
import { nodeParts } from "./gather/node-parts.js";
import { Missing, type Part } from "./part.js";
import { usersIn } from "./redact/names.js";
import { type Known, Redactor } from "./redact/redactor.js";
import type { Gathered, Report } from "./report.js";
import { renderIndex } from "./render-index.js";

export interface ReportOptions {
  /** The name of the folder in the archive. */
  readonly name: string;
  /** Of each log, so many lines from its end. */
  readonly lines: number;
  /** The version of k3s-lab. */
  readonly version: string;
  readonly commandLine: CommandLine;
  readonly signal: AbortSignal;
  /** Told of each part before it is gathered. */
  progress(part: string): void;
}

/** Gathers everything that a maintainer needs of a lab, whatever state it is in, with nothing in it that is confidential. */
export async function makeReport(lab: Lab, options: ReportOptions): Promise<Report> {
  const { lines, version, commandLine } = options;
  const parts = [
    ...hostParts(lab, version),
    ...fileParts(lab, lines),
    ...commandParts(commandLine, lab.file),
    ...nodeParts(lab, lines),
  ];
  return packReport(parts, knownOf(lab), options);
}

/** Parts that are gathered at a time. */
const lanes = 3;
/** Of the host's tar: 100 bytes of a name, less the folder's. */
const longestPath = 60;

/** Gathers parts, takes out what is confidential, and packs them. */
export async function packReport(
  parts: readonly Part[],
  known: Known,
  { name, signal, progress }: Pick<ReportOptions, "name" | "signal" | "progress">,
): Promise<Report> {
  const texts = new Map<Part, string>();
  const failures = new Map<Part, string>();
  const waiting = parts.values();
  const gatherNext = async () => {
    for (const part of waiting) {
      signal.throwIfAborted();
      progress(part.path);
      try {
        texts.set(part, await part.gather(signal));
      } catch (error) {
        signal.throwIfAborted();
        failures.set(part, error instanceof Missing ? error.message : messageOf(error));
      }
    }
  };
  await Promise.all(Array.from({ length: lanes }, gatherNext));
  const redactor = new Redactor({ ...known, users: [...known.users, ...usersIn(texts.values())] });
  // In the order of the parts, so that stand-ins are numbered as a reader meets them.
  const files = parts.map(({ path: named, what }, index) => {
    const part = parts[index] as Part;
    const path = redactor.redact(named).slice(0, longestPath);
    const missing = failures.get(part);
    const content = Buffer.from(redactor.redact(texts.get(part) ?? ""));
    return { path, what, content, bytes: content.length, missing: missing && redactor.redact(missing) };
  });
  const gathered = files.map(({ path, what, bytes, missing }): Gathered => ({ path, what, bytes, missing }));
  const { replaced } = redactor;
  const index = { name: "index.txt", content: Buffer.from(renderIndex({ files: gathered, replaced })) };
  const members = [
    index,
    ...files.filter(({ missing }) => missing === undefined).map(({ path, content }) => ({ name: path, content })),
  ].map(({ name: path, content }) => ({ name: `${name}/${path}`, content, mode: 0o600 }));
  return { archive: gzipSync(writeTar(members)), files: gathered, replaced };
}
