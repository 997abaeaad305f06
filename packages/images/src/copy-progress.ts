import { stripVTControlCharacters } from "node:util";
import type { Progress } from "@k3s-lab/steps";
import { LayerBytes } from "./layer-bytes.js";

/** What is known of a layer by one line of skopeo's. */
export type LayerLine =
  | { readonly layer: string; readonly done: number; readonly total: number }
  | { readonly layer: string; readonly state: "begun" | "copied" | "there already" };

/** Follows a copy by what skopeo prints. */
export class CopyProgress {
  readonly #layers: LayerBytes;
  readonly #progress: Progress;
  #hasConfiguration = false;

  constructor(progress: Progress, now?: () => number) {
    this.#layers = new LayerBytes(progress, now);
    this.#progress = progress;
  }

  readonly line = (text: string): void => {
    const found = parseLayerLine(text);
    if (found === undefined) return this.#other(text);
    const { layer } = found;
    if ("total" in found) this.#layers.copied(layer, found.done, found.total);
    else if (found.state === "copied") this.#layers.ended(layer);
    else if (found.state === "begun") this.#layers.begun(layer);
    else this.#layers.thereAlready(layer);
  };

  #other(text: string): void {
    const configuration = /^Copying config (?:sha256:)?([0-9a-f]{12})/.exec(withoutControls(text))?.[1];
    if (configuration !== undefined && !this.#hasConfiguration) {
      this.#hasConfiguration = true;
      this.#progress(`copying configuration ${configuration}`);
    }
    if (text.startsWith("Writing manifest")) this.#progress("writing manifest");
  }
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
