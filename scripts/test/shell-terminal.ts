// A shell on a terminal, with the keys of a person and what the person sees.
import { run } from "@k3s-lab/exec";
import { eventually } from "@k3s-lab/testbed";

export interface ShellTerminal extends AsyncDisposable {
  /** Presses keys, by the names of tmux where they are no letters: "Tab", "C-c". */
  press(...keys: readonly string[]): Promise<void>;
  /** What is on the screen now. */
  screen(): Promise<string>;
  /** Looks until the screen shows it; fails with what it shows instead. */
  shows(wanted: RegExp): Promise<void>;
}

/** Opens a shell with an environment of its own in a folder. */
export async function openShell(
  command: string,
  { cwd, env }: { readonly cwd: string; readonly env: Readonly<Record<string, string>> },
): Promise<ShellTerminal> {
  const server = `k3s-lab-${process.pid}-${Math.random().toString(36).slice(2, 8)}`;
  const tmux = (...args: readonly string[]) => run("tmux", ["-L", server, "-f", "/dev/null", ...args]);
  const variables = Object.entries({ TERM: "screen", LANG: "C.UTF-8", ...env }).map(
    ([key, value]) => `${key}=${value}`,
  );
  await tmux("new-session", "-d", "-x", "120", "-y", "40", "-c", cwd, "env", "-i", ...variables, "sh", "-c", command);
  const screen = async () => (await tmux("capture-pane", "-p")).stdout.replace(/\n+$/, "");
  return {
    async press(...keys) {
      await tmux("send-keys", ...keys);
    },
    screen,
    async shows(wanted) {
      let last = "";
      const looks = async () => wanted.test((last = await screen()));
      await eventually(`the screen shows ${String(wanted)}`, looks, { within: 20_000, every: 100 }).catch(
        (error: unknown) => {
          throw new Error(`${(error as Error).message}; it shows:\n${last}`);
        },
      );
    },
    async [Symbol.asyncDispose]() {
      await tmux("kill-server");
    },
  };
}
