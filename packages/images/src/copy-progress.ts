import { stripVTControlCharacters } from "node:util";
import type { Extent, Progress } from "@k3s-lab/steps";

/** A layer that skopeo is copying, or has copied. Bytes. */
interface Layer {
  done: number;
  total: number;
  /** When it was reported last, in milliseconds. */
  reported: number;
}

/** Milliseconds between two reports of a layer: a person reads no faster. */
const reportEvery = 250;

/** What is known of a layer by one line of skopeo's. */
export type LayerLine =
  | { readonly layer: string; readonly done: number; readonly total: number }
  | { readonly layer: string; readonly state: "begun" | "copied" | "there already" };

/** Follows a copy by what skopeo prints, and reports bytes: of each layer, and of all that were begun. */
export class CopyProgress {
  readonly #layers = new Map<string, Layer>();
  readonly #progress: Progress;
  readonly #now: () => number;

  constructor(progress: Progress, now: () => number = () => performance.now()) {
    this.#progress = progress;
    this.#now = now;
  }

  readonly line = (text: string): void => {
    const found = parseLayerLine(text);
    if (found === undefined) {
      const message = /^Copying config (?:sha256:)?([0-9a-f]{12})/.exec(withoutControls(text));
      if (message && !this.#layers.has("config")) {
        this.#layers.set("config", { done: 0, total: 0, reported: 0 });
        this.#progress(`copying configuration ${message[1]}`);
      }
      if (text.startsWith("Writing manifest")) this.#progress("writing manifest");
      return;
    }
    const { layer } = found;
    const known = this.#layers.get(layer);
    if (known === undefined) {
      this.#layers.set(layer, { done: 0, total: 0, reported: -Infinity });
      const isThere = "state" in found && found.state === "there already";
      this.#progress(isThere ? `layer ${layer} is in the registry already` : `copying layer ${layer}`);
    }
    const state = known ?? this.#layers.get(layer);
    if (state === undefined) return;
    if ("total" in found) Object.assign(state, { done: found.done, total: found.total });
    else if (found.state === "copied") {
      // Drawn again and again, until all are.
      if (state.done === state.total && state.reported > 0) return;
      state.done = state.total;
    } else return;
    const now = this.#now();
    if (state.total === 0 || (state.done < state.total && now - state.reported < reportEvery)) return;
    state.reported = now;
    this.#report(layer, state);
  };

  #report(layer: string, { done, total }: Layer): void {
    this.#progress(
      `layer ${layer}: ${megabytes(done)} of ${megabytes(total)} MB`,
      bytes(`layer ${layer}`, done, total),
    );
    const all = [...this.#layers.values()];
    const sum = (of: "done" | "total") => all.reduce((bytesSoFar, each) => bytesSoFar + each[of], 0);
    const [sent, known] = [sum("done"), sum("total")];
    if (all.filter((each) => each.total > 0).length > 1)
      this.#progress(`image: ${megabytes(sent)} of ${megabytes(known)} MB`, bytes("image", sent, known));
  }
}

function bytes(of: string, done: number, total: number): Extent {
  return { of, done, total, unit: "bytes" };
}

function megabytes(n: number): string {
  return (n / 1e6).toFixed(1);
}

const scales: Readonly<Record<string, number>> = { B: 1, KIB: 2 ** 10, MIB: 2 ** 20, GIB: 2 ** 30, TIB: 2 ** 40 };

/**
 * Parses what skopeo prints of a layer, on a terminal or not: "Copying blob 47a606483bfc [==>---] 32.0MiB / 57.2MiB | 20 MiB/s",
 * "Copying blob 47a606483bfc done", "Copying blob sha256:47a6...".
 */
export function parseLayerLine(text: string): LayerLine | undefined {
  const line = withoutControls(text);
  const [, layer, rest = ""] = /^Copying blob (?:sha256:)?([0-9a-f]{12})[0-9a-f]*(.*)$/.exec(line) ?? [];
  if (layer === undefined) return undefined;
  const numbers = /([\d.]+) ?([KMGT]?i?B) \/ ([\d.]+) ?([KMGT]?i?B)/i.exec(rest);
  if (numbers) {
    const [, done, doneIn = "", total, totalIn = ""] = numbers;
    return { layer, done: bytesIn(done, doneIn), total: bytesIn(total, totalIn) };
  }
  if (/already exists/.test(rest)) return { layer, state: "there already" };
  return { layer, state: /^ done\b/.test(rest) ? "copied" : "begun" };
}

function bytesIn(n: string | undefined, unit: string): number {
  return Math.round(Number(n) * (scales[unit.toUpperCase()] ?? 1));
}

function withoutControls(text: string): string {
  return stripVTControlCharacters(text).replaceAll(/[\r\n]/g, "");
}
