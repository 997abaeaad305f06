import { run, type RunOptions } from "@k3s-lab/exec";
import { Problem } from "@k3s-lab/problem";

export interface BackgroundOptions extends Omit<RunOptions, "signal" | "timeout" | "answers"> {
  /** The line by which the program reports that it is ready. */
  readonly ready: RegExp;
  /** Milliseconds until it must have printed it. Default: 20,000. */
  readonly within?: number;
  /** Milliseconds after which it is ended whatever happens. Default: 30 minutes. */
  readonly lifetime?: number | undefined;
}

/** A program that goes on until it is disposed of. */
export interface Background extends AsyncDisposable {
  /** The line that reported it ready. */
  readonly line: string;
}

type Run = (command: string, args: readonly string[], options: RunOptions) => Promise<unknown>;

/** Starts a program and resolves as soon as it is ready. */
export async function background(
  command: string,
  args: readonly string[],
  options: BackgroundOptions,
  runIn: Run = run,
): Promise<Background> {
  const { ready, within = 20_000, lifetime = 30 * 60_000, onLine, ...rest } = options;
  const end = new AbortController();
  const output: string[] = [];
  let stop: Promise<void> | undefined;
  try {
    const line = await new Promise<string>((resolve, reject) => {
      const late = setTimeout(
        () => reject(new Problem("LAB-DEV-001", command, `did not print ${String(ready)} within ${within} ms`)),
        within,
      );
      const watch: typeof onLine = (text, from) => {
        onLine?.(text, from);
        output.push(text);
        if (!ready.test(text)) return;
        clearTimeout(late);
        resolve(text);
      };
      const running = runIn(command, args, { ...rest, onLine: watch, signal: end.signal, timeout: lifetime });
      stop = running.then(
        () => reject(new Problem("LAB-DEV-002", command, `ended before it was ready: ${output.slice(-5).join("; ")}`)),
        reject,
      );
      void stop.finally(() => clearTimeout(late));
    });
    return {
      line,
      async [Symbol.asyncDispose]() {
        end.abort();
        await stop;
      },
    };
  } catch (error) {
    end.abort();
    await stop;
    throw error;
  }
}
