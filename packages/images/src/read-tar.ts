import { posix } from "node:path";
import type { TarSource } from "./tar-source.js";

const block = 512;

/** Reads the content of the wanted files of an archive; large files between them are skipped. */
export async function readTar(source: TarSource, wanted: (name: string) => boolean): Promise<Map<string, Buffer>> {
  const found = new Map<string, Buffer>();
  for await (const { name, pieces, link } of tarEntries(source)) {
    if (link !== undefined || !wanted(name)) continue;
    const content: Buffer[] = [];
    for await (const piece of pieces()) content.push(piece);
    found.set(name, Buffer.concat(content));
  }
  return found;
}

/** A plain file of an archive, or a link to one. */
interface TarEntry {
  readonly name: string;
  /** The name of the entry that a link stands for, of either kind; absent: it is a file. */
  readonly link?: string;
  /** Reads its content, before the next entry is asked for. What is not read is skipped. */
  pieces(): AsyncGenerator<Buffer>;
}

/** Goes through the plain files and the links of an archive. */
export async function* tarEntries(source: TarSource): AsyncGenerator<TarEntry> {
  let extended: Extended = {};
  for (;;) {
    const bytes = await source.read(block);
    if (bytes.length < block || bytes.every((byte) => byte === 0)) return;
    if (!isHeader(bytes)) throw new Error("it is damaged: a header was expected");
    const type = String.fromCharCode(bytes[156] ?? 0);
    const size = extended.size ?? sizeOf(bytes);
    const name = (extended.name ?? nameOf(bytes)).replace(/^\.\//, "");
    const padded = Math.ceil(size / block) * block;
    if (type === "x" || type === "L") {
      const content = (await source.read(padded)).subarray(0, size);
      extended = type === "L" ? { ...extended, name: text(content, 0, size) } : readPax(content, extended);
      continue;
    }
    extended = {};
    let done = 0;
    async function* pieces() {
      while (done < size) {
        const piece = await source.read(Math.min(pieceSize, size - done));
        if (piece.length === 0) throw new Error(`it is cut off in ${name}`);
        done += piece.length;
        yield piece;
      }
    }
    if (type === "0" || type === "\0") yield { name, pieces };
    const target = text(bytes, 157, 100);
    // A symbolic link's begins at its own folder, a hard link's at the archive's.
    if (type === "1") yield { name, pieces, link: target };
    if (type === "2") yield { name, pieces, link: posix.join(posix.dirname(name), target) };
    if ((await source.skip(padded - done)) < size - done) throw new Error(`it is cut off in ${name}`);
  }
}

const pieceSize = 1024 * 1024;

/** Tells whether a block is a tar header, by its checksum. */
export function isHeader(bytes: Uint8Array): boolean {
  if (bytes.length < block) return false;
  const told = Number.parseInt(text(bytes, 148, 8).trim(), 8);
  // The checksum counts as spaces in it.
  const sum = bytes.subarray(0, block).reduce((total, byte, at) => total + (at >= 148 && at < 156 ? 32 : byte), 0);
  return sum === told;
}

/** What an extended header tells about the entry after it. */
interface Extended {
  readonly name?: string | undefined;
  readonly size?: number | undefined;
}

/**
 * Reads the records of a pax header, "LENGTH KEY=VALUE\n". Only the length, which counts the whole record in bytes,
 * tells where one ends: a value may hold anything, newlines and what looks like a record too.
 */
function readPax(content: Buffer, known: Extended): Extended {
  const records = new Map<string, string>();
  for (let at = 0; at < content.length;) {
    const [digits = ""] = /^\d+(?= )/.exec(content.toString("latin1", at, at + 20)) ?? [];
    const record = content.subarray(at, at + Number(digits));
    const [start, equals] = [digits.length + 1, record.indexOf("=")];
    if (record.length === 0 || record.length < Number(digits) || equals < start || record.at(-1) !== newline) {
      throw new Error("it is damaged: a pax header has a record of the wrong length");
    }
    records.set(record.toString("utf8", start, equals), record.toString("utf8", equals + 1, record.length - 1));
    at += record.length;
  }
  const size = records.get("size");
  return { name: records.get("path") ?? known.name, size: size === undefined ? known.size : Number(size) };
}

const newline = 0x0a;

function nameOf(bytes: Uint8Array): string {
  const prefix = text(bytes, 257, 6) === "ustar" ? text(bytes, 345, 155) : "";
  return prefix === "" ? text(bytes, 0, 100) : `${prefix}/${text(bytes, 0, 100)}`;
}

function sizeOf(bytes: Uint8Array): number {
  // Eight gigabytes and more are written in base 256.
  if ((bytes[124] ?? 0) < 0x80) return Number.parseInt(text(bytes, 124, 12).trim() || "0", 8);
  return [...bytes.subarray(125, 136)].reduce((sum, byte) => sum * 256 + byte, 0);
}

function text(bytes: Uint8Array, at: number, length: number): string {
  const field = Buffer.from(bytes.subarray(at, at + length)).toString();
  const end = field.indexOf("\0");
  return end === -1 ? field : field.slice(0, end);
}
