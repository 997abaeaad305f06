import type { Extent, Unit } from "./report.js";

const units = ["B", "kB", "MB", "GB", "TB"];

/** Renders a number of bytes for a person: "1.4 GB". */
export function bytesText(bytes: number): string {
  const power = powerOf(bytes);
  return `${scaled(bytes, power)} ${units[power]}`;
}

/** Returns the place of the unit among all that a number of bytes is told in. */
function powerOf(bytes: number): number {
  return bytes < 1 ? 0 : Math.min(units.length - 1, Math.floor(Math.log10(bytes) / 3));
}

function scaled(bytes: number, power: number): string {
  const value = bytes / 1000 ** power;
  return power === 0 || value >= 100 ? String(Math.round(value)) : value.toFixed(1);
}

/** Writes how far something has come: "33.6 of 70.0 MB", "412 of 1,890 packages", "34.0 MB". */
export function amount({ done, total, unit }: Extent): string {
  if (unit === "percent") return "";
  if (unit === "bytes") {
    return total === undefined ? bytesText(done) : `${scaled(done, powerOf(total))} of ${bytesText(total)}`;
  }
  return `${count(done)}${total === undefined ? "" : ` of ${count(total)}`} ${unit}`;
}

/** Writes how much is done in a second: "5.1 MB/s", "38/s". */
export function rateOf(perSecond: number, unit: Unit): string {
  if (unit === "bytes") return `${bytesText(perSecond)}/s`;
  return `${perSecond < 10 ? perSecond.toFixed(1) : count(Math.round(perSecond))}${unit === "percent" ? " %" : ""}/s`;
}

const counting = new Intl.NumberFormat("en-US");

function count(n: number): string {
  return counting.format(n);
}

/** Renders how long something has been there, in milliseconds, by its largest unit: "3 d". */
export function ageText(milliseconds: number): string {
  const minutes = Math.max(0, Math.floor(milliseconds / 60_000));
  if (minutes < 60) return `${minutes} min`;
  const hours = Math.floor(minutes / 60);
  return hours < 48 ? `${hours} h` : `${Math.floor(hours / 24)} d`;
}

/** Writes a time that goes on, without parts of a second: "12 s", "3 min 05 s", "1 h 02 min". */
export function duration(ms: number): string {
  const s = Math.max(0, Math.floor(ms / 1000));
  if (s < 60) return `${s} s`;
  const pad = (n: number) => String(n).padStart(2, "0");
  if (s < 3600) return `${Math.floor(s / 60)} min ${pad(s % 60)} s`;
  return `${Math.floor(s / 3600)} h ${pad(Math.floor(s / 60) % 60)} min`;
}
