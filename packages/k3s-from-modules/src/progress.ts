/** How many packages of a part are done; modules, for the part "download". */
export interface Progress {
  readonly part: string;
  readonly done: number;
  readonly total: number;
}

/** Counts what `go build -v` and `go list` print while they work. */
export class Counter {
  #done = 0;
  readonly #total: number;
  readonly #report: (done: number) => void;

  constructor(part: string, total: number, report: (progress: Progress) => void) {
    this.#total = total;
    this.#report = (done) => report({ part, done, total });
    this.#report(0);
  }

  add(): void {
    this.#done = Math.min(this.#done + 1, this.#total);
    this.#report(this.#done);
  }

  readonly line = (line: string): void => {
    if (isPackage(line) || isDownload(line)) this.add();
  };

  finish(): void {
    if (this.#done < this.#total) this.#report(this.#total);
  }
}

/** `go build -v` prints an import path for each package that it compiles, and nothing else starts that way. */
export function isPackage(line: string): boolean {
  return /^[a-z0-9][\w.~+-]*(\/[\w.~+-]+)*$/i.test(line);
}

export function isDownload(line: string): boolean {
  return /^go: downloading \S+ v\S+$/.test(line);
}

/** The zips a go.sum names, as paths below GOMODCACHE. */
export function moduleZips(goSum: string): readonly string[] {
  const lines = goSum.split("\n").map((line) => line.split(" "));
  return lines.flatMap(([module, version]) =>
    !module || !version || version.endsWith("/go.mod")
      ? []
      : [`cache/download/${escape(module)}/@v/${escape(version)}.zip`],
  );
}

/** The module cache writes capitals as !lower, for file systems that do not tell them apart. */
function escape(name: string): string {
  return name.replaceAll(/[A-Z]/g, (c) => `!${c.toLowerCase()}`);
}
