import type { Extent, Unit } from "./report.js";

/** Writes how far something has come: "34 of 70 MB", "412 of 1,890 packages", "34 MB". */
export function amount({ done, total, unit }: Extent): string {
  if (unit === "percent") return "";
  if (unit === "bytes") return total === undefined ? bytesText(done) : `${bytesIn(done, total)} of ${bytesText(total)}`;
  return `${count(done)}${total === undefined ? "" : ` of ${count(total)}`} ${unit}`;
}

/** Writes how much is done in a second: "5.1 MB/s", "38/s". */
export function rateOf(perSecond: number, unit: Unit): string {
  if (unit === "bytes") return `${bytesText(perSecond)}/s`;
  return `${perSecond < 10 ? perSecond.toFixed(1) : count(Math.round(perSecond))}${unit === "percent" ? " %" : ""}/s`;
}

const scales = [
  ["TB", 1e12],
  ["GB", 1e9],
  ["MB", 1e6],
  ["kB", 1e3],
] as const;

/** Writes bytes in their own scale: "1.2 GB", "34 MB". */
export function bytesText(n: number): string {
  const [unit, scale] = scaleOf(n);
  return `${scaled(n, scale)} ${unit}`;
}

/** Writes a part of so many bytes in the scale of all of them. */
function bytesIn(n: number, total: number): string {
  return scaled(n, scaleOf(total)[1]);
}

function scaleOf(n: number): readonly [unit: string, scale: number] {
  // What rounds up to the next scale is written in it: 999,999 is 1.0 MB.
  return scales.find(([, scale]) => n >= scale * 0.9995) ?? ["B", 1];
}

function scaled(n: number, scale: number): string {
  const value = n / scale;
  return scale > 1 && value < 10 ? value.toFixed(1) : count(Math.round(value));
}

const counting = new Intl.NumberFormat("en-US");

function count(n: number): string {
  return counting.format(n);
}

/** Writes a time that goes on, without parts of a second: "12 s", "3 min 05 s", "1 h 02 min". */
export function duration(ms: number): string {
  const s = Math.max(0, Math.floor(ms / 1000));
  if (s < 60) return `${s} s`;
  const pad = (n: number) => String(n).padStart(2, "0");
  if (s < 3600) return `${Math.floor(s / 60)} min ${pad(s % 60)} s`;
  return `${Math.floor(s / 3600)} h ${pad(Math.floor(s / 60) % 60)} min`;
}

/** Writes how long something has been there, in milliseconds, by its largest unit: "3 d". */
export function ageText(milliseconds: number): string {
  const minutes = Math.max(0, Math.floor(milliseconds / 60_000));
  if (minutes < 60) return `${minutes} min`;
  const hours = Math.floor(minutes / 60);
  return hours < 48 ? `${hours} h` : `${Math.floor(hours / 24)} d`;
}
