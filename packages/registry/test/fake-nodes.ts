import type { Nodes } from "../src/world.js";

/**
 * Nodes that answer each command with an exit code, and remember what they were asked. Whether they have files is asked as "see FILE FILE",
 * among other sections or alone.
 */
export class FakeNodes implements Nodes {
  readonly timeoutFactor = 1;
  readonly commands: string[] = [];
  readonly #answer: (command: string) => number;

  constructor(answer: (command: string) => number) {
    this.#answer = answer;
  }

  async exec(name: string, argv: readonly string[], options: { readonly answers?: unknown } = {}) {
    const mark = /^printf '\\n%s %s\\n' (\S+) /m.exec(argv[2] ?? "")?.[1];
    if (mark !== undefined) return { exitCode: 0, stdout: this.#sections(name, argv[2] ?? "", mark), stderr: "" };
    // A script is known by its name, which stands behind it.
    const words = argv[0] === "sh" && argv[1] === "-c" ? argv.slice(3) : argv;
    const command = `${name}: ${words.join(" ")}`;
    this.commands.push(command);
    const exitCode = this.#answer(command);
    if (exitCode !== 0 && options.answers !== "any") throw new Error(`ended with exit code ${exitCode}`);
    return { exitCode, stdout: "", stderr: "" };
  }

  /** Prints what a question of sections is answered with. */
  #sections(name: string, script: string, mark: string): string {
    const sections = [...script.matchAll(/^\(set -- (.*); eval /gm)].map(([, words = ""]) => `${name}: see ${words}`);
    this.commands.push(...sections);
    return sections.map((command) => `${this.#answer(command) === 0 ? "all" : ""}\n${mark} 0\n`).join("");
  }

  async copyIn(name: string, hostPath: string, path: string) {
    this.commands.push(`${name}: copy ${hostPath} ${path}`);
  }
}
