import type { Progress } from "@k3s-lab/steps";

/** Follows apt by what it prints, and reports how many packages it has fetched or set up, of how many. */
export class PackageProgress {
  readonly #subject: string;
  readonly #progress: Progress;
  #total = 0;
  #fetched = 0;
  #installed = 0;

  /** `subject`: what is made of the packages, "root file system". */
  constructor(subject: string, progress: Progress) {
    this.#subject = subject;
    this.#progress = progress;
  }

  readonly line = (text: string): void => {
    const [, total] = /^\d+ upgraded, (\d+) newly installed,/.exec(text) ?? [];
    if (total !== undefined) {
      // Essential packages come first, and are counted alone.
      [this.#total, this.#fetched, this.#installed] = [Number(total), 0, 0];
      return;
    }
    // Lists of packages are fetched, too, before it is known how many packages there will be.
    if (this.#total === 0) return;
    if (text.startsWith("Get:")) this.#tell("downloading", ++this.#fetched);
    else if (text.startsWith("Setting up ")) this.#tell("installing", ++this.#installed);
  };

  #tell(what: string, done: number): void {
    this.#progress(`${this.#subject}: ${what} packages`, {
      done: Math.min(done, this.#total),
      total: this.#total,
      unit: "packages",
    });
  }
}
