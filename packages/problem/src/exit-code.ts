/** Exit codes of every command, stable for pipelines. */
export const exitCode = {
  done: 0,
  failed: 1,
  /** The configuration or the command line is wrong; nothing was touched. */
  usage: 2,
  /** The host lacks something; the message names it and the command that installs it. */
  hostLacks: 3,
  /** `plan --exit-code`: there is something to do. */
  planNotEmpty: 4,
  interrupted: 130,
} as const;
