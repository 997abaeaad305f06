import type { Event } from "@k3s-lab/steps";

/** A step that was open, and its stage. */
interface OpenStep {
  readonly stage: string;
  readonly step: string;
}

/** Follows the events of a run, to tell where it was when it was interrupted. */
export class Whereabouts {
  readonly #open = new Map<string, OpenStep>();
  #last: OpenStep | undefined;
  #stopped: readonly OpenStep[] | undefined;

  update(event: Event): void {
    // What was open then ends on account of it.
    if (this.#stopped !== undefined) return;
    switch (event.event) {
      case "step-started":
        this.#last = { stage: event.stage, step: event.step };
        this.#open.set(event.stage, this.#last);
        break;
      case "step-ended":
        this.#open.delete(event.stage);
        break;
    }
  }

  /** Remembers where the run is now. */
  stop(): void {
    const open = [...this.#open.values()];
    this.#stopped = open.length === 0 && this.#last !== undefined ? [this.#last] : open;
  }

  /** Words where the run was stopped: `in machines, at "Start machines"`. */
  get words(): string {
    const places = (this.#stopped ?? []).map(({ stage, step }) => `in ${stage}, at "${step}"`);
    return places.length === 0 ? "before its first step" : places.join("; and ");
  }
}
