import type { ExplanationsOf } from "./explanation.js";

export const commandLine: ExplanationsOf<"CLI"> = {
  "LAB-CLI-001": {
    cause:
      "A flag or a word is not one of the command's, or a value is missing. With `npm run`, flags must come after `--`, or npm keeps them for itself.",
    remedy: "Follow the usage that the message shows; `--help` after a command describes its flags.",
    example:
      "npm run lab:status: unknown option '--jsn' (did you mean --json?), expected: npm run lab:status -- [--config FILE] [--json]. [LAB-CLI-001]",
  },
  "LAB-CLI-002": {
    cause: "The word after `lab:exec` is not the name of a node in lab.yaml.",
    remedy: "Name one of the machines that the message lists.",
    example: "npm run lab:exec: expected a machine's name (multi, agent1, agent2), seen: agnt1. [LAB-CLI-002]",
  },
  "LAB-CLI-003": {
    cause:
      "The command works on a lab that runs, and none was made beside this lab.yaml, or the `lab:up` that was to make it was interrupted. The lab may also belong to another folder.",
    remedy: "Run `npm run lab:up` first, or name the lab's lab.yaml with `--config`.",
    example: "/home/user/.lab: there is no lab yet. Run `npm run lab:up` first. [LAB-CLI-003]",
  },
  "LAB-CLI-004": {
    cause:
      "Two flags of `guard` exclude each other, or one is given whose companion is missing, such as `--exit-code` without `--plan`.",
    remedy: "Leave one of them out, or add the one that is missing; `npm run guard -- --help` describes them.",
    example:
      "npm run guard: expected --kubeconfig FILE, seen none: a cluster is only guarded on purpose. See `npm run guard -- --help`. [LAB-CLI-004]",
  },
  "LAB-CLI-011": {
    cause: "Two flags or words of a command exclude each other, or one is given whose companion is missing.",
    remedy: "Leave one of them out, or add the one that is missing; `--help` after the command describes them.",
    example: "npm run lab:exec: expected --all or --on, seen both. [LAB-CLI-011]",
  },
  "LAB-CLI-012": {
    cause: "`logs` was given a name that is neither a node's nor part of exactly one pod's.",
    remedy: "Name a node, or enough of the pod's name; `npm run kubectl -- get pods -A` lists the pods.",
    example:
      "npm run logs: expected a node (multi, agent1, agent2) or a part of a pod's name, seen: coredsn (did you mean coredns?). `npm run kubectl -- get pods -A` lists them. [LAB-CLI-012]",
  },
  "LAB-CLI-013": {
    cause: "The value of `--since` is not a number with a unit: s, m or h.",
    remedy: "Write a duration such as 30s, 5m or 1h30m.",
    example: "npm run logs: --since: expected a duration such as 30s, 5m or 1h30m, seen yesterday. [LAB-CLI-013]",
  },
  "LAB-CLI-014": {
    cause: "`completion` was asked for a shell that it does not support.",
    remedy: "Name bash, zsh or fish.",
    example: "npm run completion: expected bash, zsh or fish, seen: tcsh. [LAB-CLI-014]",
  },
  "LAB-CLI-021": {
    cause:
      "`labs --remove` was given an id that no lab of this host has: there is no record of it, and nothing of it was found.",
    remedy: "`npm run labs` lists the labs of this host; the first column has their ids.",
    example: "npm run labs: no lab has the id 7f3a21, expected one of 3db831. `npm run labs` lists them. [LAB-CLI-021]",
  },
};
