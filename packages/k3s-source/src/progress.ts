import type { Progress } from "@k3s-lab/k3s-from-modules";
import type { Progress as Tell } from "@k3s-lab/steps";
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
export function toldOfBuild(tell: Tell): (progress: Progress) => void {
  const passes = new Map<string, ReturnType<typeof throttled>>();
  return ({ part, done, total }) => {
    // Several parts are built at the same time.
    const pass =
      passes.get(part) ??
      throttled((n, of = 0) => tell(built(part, n, of), { of: part, done: n, total: of, unit: unitOf(part) }));
    passes.set(part, pass);
    pass(done, total);
  };
}

/** Tells how far a download has come. */
export function toldOfDownload(name: string, tell: Tell): (done: number, total: number | undefined) => void {
  return throttled((done, total) => tell(downloaded(name, done, total), { of: name, done, total, unit: "bytes" }));
}

function unitOf(part: string): "modules" | "files" | "packages" {
  if (part === "download") return "modules";
  return part === "pack" ? "files" : "packages";
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
