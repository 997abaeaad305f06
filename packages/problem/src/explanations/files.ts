import type { ExplanationsOf } from "./explanation.js";

export const files: ExplanationsOf<"FIL"> = {
  "LAB-FIL-001": {
    cause:
      "A file or folder belongs to another user, often because an earlier command ran as root, or is on a read-only file system.",
    remedy: 'Make it yours: `sudo chown -R "$USER" PATH`; or run the command as the user who owns it.',
    example:
      "/home/user/.lab: this user may not use it (EACCES: mkdir). Make it yours with chown, or run the command as its owner. [LAB-FIL-001]",
  },
  "LAB-FIL-002": {
    cause: "The file system has no room left, or the user's quota is used up.",
    remedy: "Make room on that file system, then run the command again.",
    example:
      "/home/user/.lab/machines.json: the disk is full (ENOSPC: write). Make room on the disk that `df -h` shows as full, then run the command again. [LAB-FIL-002]",
  },
  "LAB-FIL-003": {
    cause:
      "The kernel's limit of open files or of watched files is reached, often by editors and containers on the same host.",
    remedy: "Raise it: `ulimit -n 65536` for open files, `sudo sysctl fs.inotify.max_user_instances=1024` for watches.",
    example:
      "/home/user/.lab/run: too many files are open or watched (EMFILE: watch). Raise the limits: ulimit -n 65536; sysctl fs.inotify.max_user_instances. [LAB-FIL-003]",
  },
  "LAB-FIL-004": {
    cause: "A path leads through a file in place of a folder, or the file system is damaged.",
    remedy: "Look at what is at the path, and remove what does not belong there.",
    example:
      "/home/user/.lab: cannot be used (ENOTDIR: mkdir). Look at what is at that path, and remove what does not belong there. [LAB-FIL-004]",
  },
};
