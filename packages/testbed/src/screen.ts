import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { run } from "@k3s-lab/exec";
import { eventually } from "./eventually.js";

export interface ScreenSize {
  readonly columns: number;
  readonly rows: number;
}

export interface ScreenOptions extends ScreenSize {
  readonly cwd?: string | undefined;
  /** Added to the environment; what is undefined is taken out of it. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** Where the terminal is. Default: this host. */
  readonly on?: { readonly run: typeof run };
}

/** A terminal that a person could sit at, with a shell in it. */
export interface Screen extends AsyncDisposable {
  /** Types a line, and the Enter key. */
  type(line: string): Promise<void>;
  /** Presses a key by tmux's name of it: "C-c". */
  press(key: string): Promise<void>;
  resize(size: ScreenSize): Promise<void>;
  /** What is on it: its rows, without what is blank at their ends. */
  rows(): Promise<readonly string[]>;
  /** The same with the escapes of its colours. */
  styled(): Promise<string>;
  /** What is on it and what has scrolled away above, as one text. */
  all(): Promise<string>;
  /** Waits until the rows match, and resolves with them; fails with the last ones. `within` is milliseconds. */
  until(pattern: RegExp, within?: number): Promise<readonly string[]>;
}

/** Opens a terminal of tmux with a shell that knows nothing of its user. */
export async function openScreen({ columns, rows, cwd, env = {}, on = { run } }: ScreenOptions): Promise<Screen> {
  const dir = mkdtempSync(join(tmpdir(), "k3s-lab-screen-"));
  const tmux = async (...args: readonly string[]) => {
    const server = ["-S", join(dir, "socket"), "-f", "/dev/null", "-u"];
    // Without those of a tmux that the test itself may run in; TERM is tmux' own.
    const outer = { TMUX: undefined, TMUX_PANE: undefined, TERM: "xterm-256color", ...env };
    return (await on.run("tmux", [...server, ...args], { env: outer, ...(cwd && { cwd }) })).stdout;
  };
  const size = ["-x", String(columns), "-y", String(rows)];
  await tmux("new-session", "-d", ...size, "env LANG=C.UTF-8 PS1='$ ' bash --norc --noprofile");
  const capture = (...more: readonly string[]) => tmux("capture-pane", "-p", ...more);
  const seen = async () => (await capture()).replace(/\n+$/, "").split("\n");
  return {
    async type(line) {
      await tmux("send-keys", "-l", line);
      await tmux("send-keys", "Enter");
    },
    press: async (key) => void (await tmux("send-keys", key)),
    resize: async (to) => void (await tmux("resize-window", "-x", String(to.columns), "-y", String(to.rows))),
    rows: seen,
    styled: () => capture("-e"),
    all: () => capture("-S", "-", "-J"),
    async until(pattern, within = 20_000) {
      let last: readonly string[] = [];
      const holds = async () => pattern.test((last = await seen()).join("\n"));
      await eventually(`the screen shows ${pattern}`, holds, { within }).catch((error: unknown) => {
        throw new Error(`${String(error)}; it shows:\n${last.join("\n")}`);
      });
      return last;
    },
    async [Symbol.asyncDispose]() {
      await tmux("kill-server").catch(() => {});
      rmSync(dir, { recursive: true, force: true });
    },
  };
}
