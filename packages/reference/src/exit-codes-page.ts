import { errors, exitCode } from "@k3s-lab/problem";
import { markdownTable } from "@k3s-lab/testbed";

const meanings: Readonly<Record<keyof typeof exitCode, string>> = {
  done: "Done; or there was nothing to do.",
  failed:
    "It failed; what was done stays, and the next run continues from there. `lab:status`, `doctor`: something does not work.",
  usage: "The configuration or the command line is wrong. Nothing was touched.",
  hostLacks: "The host lacks something. The message names it, and the command that installs it.",
  planNotEmpty: "`lab:plan -- --exit-code`: there is something to do.",
  interrupted: "Interrupted, by Ctrl-C or a signal. The next run continues from there.",
};

/** Renders docs/reference/exit-codes.md. */
export function exitCodesPage(): string {
  const rows = Object.entries(exitCode).map(([name, code]) => {
    const count = Object.values(errors).filter((kind) => kind.exitCode === code).length;
    return [String(code), meanings[name as keyof typeof exitCode], count === 0 ? "" : `${count} errors`];
  });
  return `# Exit codes

They stay the same, for pipelines. \`lab:exec\` and \`kubectl\` end with the code of the program that they run; a command whose
reader has gone, as in \`| head\`, ends with 141, like any program.

${markdownTable(["code", "meaning", ""], rows)}

[The errors](../errors/README.md) have ids, which stay the same, too.
`;
}
