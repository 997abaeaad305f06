import type { Progress } from "@k3s-lab/k3s-from-modules";
import { megabytes } from "./disk.js";

/** Passes on no more than a person can read: once a second, and always the last. */
export function throttled(report: (done: number, total: number | undefined) => void): typeof report {
  let last = -Infinity;
  return (done, total) => {
    const now = performance.now();
    if (now - last < 1000 && done !== total) return;
    last = now;
    report(done, total);
  };
}

/** Tells the progress of a build: of each part no more than a person can read. */
export function toldOfBuild(tell: (message: string) => void): (progress: Progress) => void {
  let last: string | undefined;
  let pass = throttled(() => {});
  return ({ part, done, total }) => {
    if (part !== last) pass = throttled((n, of = 0) => tell(built(part, n, of)));
    last = part;
    pass(done, total);
  };
}

/** "k3s: 34 of 70 MB, 48 %" */
export function downloaded(name: string, done: number, total: number | undefined): string {
  if (total === undefined) return `${name}: ${megabytes(done)}`;
  const percent = total === 0 ? 100 : Math.floor((done / total) * 100);
  return `${name}: ${Math.ceil(done / 1e6)} of ${megabytes(total)}, ${percent} %`;
}

/** "412 of 1,890 packages of k3s" */
export function built(part: string, done: number, total: number): string {
  const what = part === "download" ? "modules downloaded" : part === "pack" ? "files packed" : `packages of ${part}`;
  return `${count(done)} of ${count(total)} ${what}`;
}

function count(n: number): string {
  return n.toLocaleString("en-US");
}
