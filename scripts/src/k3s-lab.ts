import { exitCode } from "@k3s-lab/problem";
import { Command, CommanderError } from "commander";
import { commands } from "./commands.js";

// `k3s-lab COMMAND`: each command is a script of its own, which reads its own command line.
const [name = "", ...rest] = process.argv.slice(2);
const bin = process.env.npm_command === "exec" ? "npx k3s-lab" : "k3s-lab";
// How messages name it.
process.env.K3S_LAB_BIN = bin;
if (name === "__complete") {
  // Asked by the scripts of `completion/`, at every press of the tabulator.
  const { answerCompletion } = await import("./answer-completion.js");
  await answerCompletion(rest);
} else if (Object.hasOwn(commands, name)) {
  process.argv.splice(2, process.argv.length, ...rest);
  // By its URL, which the bundler leaves alone: each command is a file that is loaded only when it is named.
  await import(new URL(`./${name}.js`, import.meta.url).href);
} else {
  await explain();
}

/** Answers --help, --version and what is no command. */
async function explain(): Promise<void> {
  const { commanderOf, usageProblem } = await import("./run-command.js");
  const { ownVersion } = await import("./own-version.js");
  const program = new Command(bin)
    .description("A multi-node K3s lab on your own machine, with a registry inside, that no VPN can make loop.")
    .version(ownVersion(), "-v, --version", "show the version")
    .helpOption("-h, --help", "show this help; after a command: its flags")
    .enablePositionalOptions()
    .exitOverride()
    .configureOutput({ outputError: () => {} });
  for (const [known, spec] of Object.entries(commands)) program.addCommand(commanderOf(spec, known));
  try {
    program.parse();
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    process.exitCode = error.exitCode === 0 ? exitCode.done : exitCode.usage;
    if (error.code === "commander.help") return;
    if (process.exitCode !== exitCode.done)
      console.error(usageProblem(error, bin, `${bin} COMMAND; \`${bin} --help\` lists them`).message);
  }
}
