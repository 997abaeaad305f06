import { PassThrough } from "node:stream";
import { fileURLToPath } from "node:url";
import { type EmulatedHost, eventually } from "@k3s-lab/testbed";

const program = fileURLToPath(new URL("kill-command.pl", import.meta.url));
const longest = 15 * 60_000;

/** A command on an emulated host that can be killed with all that it has started. When it is disposed of, the dead are reaped. */
export interface Killable extends AsyncDisposable {
  /** Sends SIGKILL to all of it at one moment; resolves with the command lines of what has died of it. */
  kill(): Promise<readonly string[]>;
}

export interface KillableOptions {
  readonly cwd: string;
  /** The file that its output goes to. */
  readonly output: string;
}

/** Starts a command; kill-command.pl does the rest there. */
export async function startKillable(
  host: Pick<EmulatedHost, "run">,
  command: readonly string[],
  { cwd, output }: KillableOptions,
): Promise<Killable> {
  const input = new PassThrough();
  const killed: string[] = [];
  const waiting = new Map<string, () => void>();
  const line = (wanted: string) => new Promise<void>((resolve) => waiting.set(wanted, resolve));
  const [started, dead] = [line("started"), line("dead")];
  const onLine = (text: string) => {
    if (text.startsWith("killed ")) killed.push(text.slice("killed ".length));
    else waiting.get(text)?.();
  };
  const running = host.run("perl", [program, output, ...command], {
    cwd,
    inputStream: input,
    timeout: longest,
    onLine,
  });
  const end = async () => {
    input.end();
    await running;
  };
  // It fails only where it could not do what it was told.
  const unless = (event: Promise<void>) => Promise.race([event, running]);
  await unless(started);
  return {
    async kill() {
      input.write("kill\n");
      await unless(dead);
      return killed;
    },
    [Symbol.asyncDispose]: end,
  };
}

/** Starts a command, and kills it as soon as it has come as far as `hasComeAsFar` tells. */
export async function killWhen(
  host: Pick<EmulatedHost, "run">,
  command: readonly string[],
  options: KillableOptions,
  hasComeAsFar: () => Promise<boolean>,
): Promise<void> {
  await using running = await startKillable(host, command, options);
  await eventually("it has come as far", hasComeAsFar, { within: 60_000, every: 20 });
  await running.kill();
}
