import type { ErrorId } from "./errors.js";
import { Problem } from "./problem.js";

const disk = {
  id: "LAB-FIL-002",
  what: "the disk is full",
  remedy: "Make room on the disk that `df -h` shows as full, then run the command again.",
} as const;
const rights = {
  id: "LAB-FIL-001",
  what: "this user may not use it",
  remedy: "Make it yours with chown, or run the command as its owner.",
} as const;
const readOnly = {
  id: "LAB-FIL-001",
  what: "cannot be written: its file system may be mounted read-only",
  remedy: "Mount it for writing, or work in another folder.",
} as const;
const limits = {
  id: "LAB-FIL-003",
  what: "too many files are open or watched",
  remedy: "Raise the limits: ulimit -n 65536; sysctl fs.inotify.max_user_instances.",
} as const;
const place = {
  id: "LAB-FIL-004",
  what: "cannot be used",
  remedy: "Look at what is at that path, and remove what does not belong there.",
} as const;

type Refusal = { readonly id: ErrorId; readonly what: string; readonly remedy: string };

/** What a file system refuses, by the codes of Node's errors. */
const refusals: Readonly<Record<string, Refusal>> = {
  EACCES: rights,
  EPERM: rights,
  EROFS: readOnly,
  ENOSPC: disk,
  EDQUOT: disk,
  EMFILE: limits,
  ENFILE: limits,
  ENOTDIR: place,
  EISDIR: place,
  ELOOP: place,
  ENAMETOOLONG: place,
  EIO: place,
};

/** What Node reports by a code that is elsewhere another refusal, or a defect. */
const exceptions: Readonly<Partial<Record<string, Refusal>>> = {
  // A watch that the kernel has no room for is reported as a full disk.
  "ENOSPC watch": limits,
  // Folders that are made together with those above them are "not there" where nothing can be written.
  "ENOENT mkdir": readOnly,
};

/**
 * Returns the Problem of an error that Node reports of a file, where no one has foreseen it: a full disk, a folder of another
 * user. Undefined for any other error, which is a defect.
 */
export function fileProblem(error: unknown): Problem | undefined {
  if (!(error instanceof Error)) return undefined;
  const { code = "", syscall, path } = error as NodeJS.ErrnoException;
  const refusal = exceptions[`${code} ${syscall}`] ?? refusals[code];
  // A program, a connection and a signal are refused by the same codes.
  if (refusal === undefined || syscall === undefined || /^(spawn|connect|listen|bind|kill)/.test(syscall)) {
    return undefined;
  }
  const { id, what, remedy } = refusal;
  return new Problem(id, path ?? "file system", `${what} (${code}: ${syscall})`, { remedy, cause: error });
}
