import { background } from "./background.js";

/** A process that keeps namespaces alive; the kernel ends all in them with it. */
export interface Holder extends AsyncDisposable {
  /** As seen from outside of its own namespaces. */
  readonly pid: number;
}

export interface HolderOptions {
  /** Shell lines before the namespaces are left for new ones. */
  readonly before?: string;
  /** Arguments of unshare. */
  readonly namespaces: readonly string[];
  /** Shell lines inside; they end in an exec of what goes on. One of them prints "holder PID". */
  readonly inside: string;
  readonly args?: readonly string[];
  readonly lifetime?: number | undefined;
}

/** Starts a process in new namespaces. It is killed when this process ends, however that happens. */
export async function startHolder(options: HolderOptions): Promise<Holder> {
  const [command, args] = holderCommand(options);
  const ready = /^holder (\d+)$/;
  const started = await background(command, args, { ready, lifetime: options.lifetime });
  return { pid: Number(ready.exec(started.line)?.[1]), [Symbol.asyncDispose]: () => started[Symbol.asyncDispose]() };
}

/** /proc is still the outer one at first: there the shell finds its process id as others see it. */
export function holderCommand(options: HolderOptions): readonly [string, readonly string[]] {
  const inside = `set -eu\nread -r outer rest </proc/self/stat\n${options.inside}`;
  const outside = `set -eu\n${options.before ?? ""}\nexec unshare "$@"`;
  const rest = [...options.namespaces, "sh", "-c", inside, "sh", ...(options.args ?? [])];
  return ["setpriv", ["--pdeathsig", "KILL", "sh", "-c", outside, "sh", ...rest]];
}
