import type { ExplanationsOf } from "./explanation.js";

export const settingUp: ExplanationsOf<"INI"> = {
  "LAB-INI-001": {
    cause:
      "`lab:init` asks its questions on a terminal, and its input or output is something else: a pipe, a file, or a pipeline.",
    remedy: "Run it in a terminal, or with `--yes`, which takes every default.",
    example:
      "npm run lab:init: asks questions, and this is no terminal. Run it in a terminal, or take the defaults: npm run lab:init -- --yes. [LAB-INI-001]",
  },
  "LAB-INI-002": {
    cause: "The file that `--from` names does not exist, may not be read, or is not Ruby. It is read, and never run.",
    remedy:
      "Name a Vagrantfile or its folder. Where the message has a line, put that right; `vagrant validate` says more.",
    example:
      "Vagrantfile:12: is not Ruby: unterminated string meets end of file. `vagrant validate` says more; nothing was written. [LAB-INI-002]",
  },
  "LAB-INI-003": {
    cause:
      "The machines of the Vagrantfile cannot be determined without running it: it takes them from another file or from a program, or defines none. The message lists what could not be followed, with its lines.",
    remedy: "Run `npm run lab:init` without `--from`, and answer its questions.",
    example:
      'Vagrantfile: no machine can be told from it without running it\n  Vagrantfile:3: YAML.load_file("nodes.yaml") is not run. Run `npm run lab:init` without --from, and answer its questions. [LAB-INI-003]',
  },
  "LAB-INI-004": {
    cause:
      "`lab:init` changes the text of lab.yaml only where an answer differs, and the place of one of them is behind an alias, a merge key or a text in several lines, which others may depend on. Nothing was written.",
    remedy: "Make the change that the message names yourself.",
    example:
      "/home/user/lab.yaml: is written in a way in which lab:init cannot write network.mode: bridged. Change it by hand; `npm run lab:init` may be run again then. [LAB-INI-004]",
  },
  "LAB-INI-005": {
    cause: "The folder of lab.yaml cannot be made or written to; the message has the system's code for why.",
    remedy: "Name a file that you may write to with `--config`, or let the folder be written to.",
    example:
      "/mnt/usb/lab.yaml: cannot be written (EROFS). Name a file that you may write to with --config. [LAB-INI-005]",
  },
  "LAB-INI-006": {
    cause:
      "While `lab:init` asked its questions, lab.yaml was changed, made or removed, by an editor or another command. It was not overwritten.",
    remedy: "Run `npm run lab:init` again: it begins with what is there now.",
    example:
      "/home/user/lab.yaml: was changed by someone else while questions were being asked. Run `npm run lab:init` again. [LAB-INI-006]",
  },
};
