// A terminal on an emulated host, with keys and a screen, as tmux has them.
import { rmSync } from "node:fs";
import { join } from "node:path";
import { shellWord } from "@k3s-lab/exec";
import { type EmulatedHost, eventually } from "@k3s-lab/testbed";
import { root } from "./drive-lab.js";

export interface TmuxTerminal extends AsyncDisposable {
  /** What is on the screen, without colours. */
  screen(): Promise<string>;
  /** The same with its escape sequences. */
  colours(): Promise<string>;
  /** Presses keys, by tmux' names: "n", "Enter", "C-c". */
  press(...keys: readonly string[]): Promise<void>;
  resize(columns: number, rows: number): Promise<void>;
  /** Waits until a text is on the screen, and returns all of it. `within` is milliseconds. */
  until(text: string | RegExp, within?: number): Promise<string>;
}

/** Starts a command on a terminal; when it has ended, the screen shows "exit code N". */
export async function openTerminal(
  host: Pick<EmulatedHost, "run">,
  dir: string,
  command: readonly string[],
): Promise<TmuxTerminal> {
  const socket = join(dir, "tmux.socket");
  const env = { LC_ALL: "C.UTF-8", TERM: "xterm-256color", CI: undefined, NO_COLOR: undefined };
  const tmux = async (...args: readonly string[]) =>
    (await host.run("tmux", ["-u", "-S", socket, "-f", "/dev/null", ...args], { cwd: root, env })).stdout;
  const line = `${command.map(shellWord).join(" ")}; echo "exit code $?"; exec sleep 600`;
  await tmux("new-session", "-d", "-x", "120", "-y", "45", "sh", "-c", line);
  const screen = () => tmux("capture-pane", "-p");
  return {
    screen,
    colours: () => tmux("capture-pane", "-p", "-e"),
    press: async (...keys) => void (await tmux("send-keys", ...keys)),
    resize: async (columns, rows) => void (await tmux("resize-window", "-x", String(columns), "-y", String(rows))),
    async until(text, within = 60_000) {
      let seen = "";
      const isThere = async () => {
        seen = await screen();
        return typeof text === "string" ? seen.includes(text) : text.test(seen);
      };
      await eventually(`the screen shows ${text}`, isThere, { within, every: 100 }).catch((error: unknown) => {
        throw new Error(`the screen never showed ${text}, but in the end:\n${seen}`, { cause: error });
      });
      return seen;
    },
    async [Symbol.asyncDispose]() {
      await tmux("kill-server").catch(() => {});
      rmSync(socket, { force: true });
    },
  };
}
