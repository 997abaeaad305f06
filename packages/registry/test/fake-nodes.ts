import type { Nodes } from "../src/world.js";

/** Nodes that answer each command with an exit code, and remember what they were asked. */
export class FakeNodes implements Nodes {
  readonly timeoutFactor = 1;
  readonly commands: string[] = [];
  readonly #answer: (command: string) => number;

  constructor(answer: (command: string) => number) {
    this.#answer = answer;
  }

  async exec(name: string, argv: readonly string[], options: { readonly answers?: unknown } = {}) {
    // A script is known by its name, which stands behind it.
    const words = argv[0] === "sh" && argv[1] === "-c" ? argv.slice(3) : argv;
    const command = `${name}: ${words.join(" ")}`;
    this.commands.push(command);
    const exitCode = this.#answer(command);
    if (exitCode !== 0 && options.answers !== "any") throw new Error(`ended with exit code ${exitCode}`);
    return { exitCode, stdout: "", stderr: "" };
  }

  async copyIn(name: string, hostPath: string, path: string) {
    this.commands.push(`${name}: copy ${hostPath} ${path}`);
  }
}
