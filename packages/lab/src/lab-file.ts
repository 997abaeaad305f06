import { realpathSync, statSync } from "node:fs";
import { dirname } from "node:path";
import { caller, makeForCaller, readIfExists } from "@k3s-lab/host";
import { Problem } from "@k3s-lab/problem";
import writeFileAtomic from "write-file-atomic";

/** Returns the text of a lab.yaml; undefined where there is none. */
export function readLabFile(file: string): string | undefined {
  return readIfExists(file);
}

/**
 * Writes a lab.yaml atomically, as the caller's own, with the mode that it has. `before`: what it held when it was read. Throws
 * a Problem where somebody else has changed it since, or where it cannot be written.
 */
export function writeLabFile(file: string, text: string, before: string | undefined): void {
  try {
    if (readLabFile(file) !== before) {
      throw new Problem("LAB-INI-006", file, "was changed by someone else while questions were being asked", {
        remedy: "Run `npm run lab:init` again.",
      });
    }
    makeForCaller(dirname(file));
    const { uid, gid } = caller();
    // A link stays a link, and a file keeps its owner.
    const place = before === undefined ? file : realpathSync(file);
    const { mode, ...owner } = before === undefined ? { mode: 0o644, uid, gid } : statSync(place);
    writeFileAtomic.sync(place, text, { mode: mode & 0o777, chown: { uid: owner.uid, gid: owner.gid } });
  } catch (cause) {
    if (cause instanceof Problem) throw cause;
    const { code = "", message } = cause as NodeJS.ErrnoException;
    throw new Problem("LAB-INI-005", file, `cannot be written (${code || message})`, {
      remedy: "Name a file that you may write to with --config.",
      cause,
    });
  }
}
