import { createReadStream } from "node:fs";
import { open } from "node:fs/promises";
import { createGunzip } from "node:zlib";

/** Reads an archive from its first byte to its last, and can leave out what nobody asked for. */
export interface TarSource extends AsyncDisposable {
  /** Fewer bytes only at the end. */
  read(length: number): Promise<Buffer>;
  /** Resolves with the number of bytes that were there to be skipped. */
  skip(length: number): Promise<number>;
}

const block = 512;

/** The content of the named files of an archive. Large files between them are skipped. */
export async function readTar(source: TarSource, wanted: (name: string) => boolean): Promise<Map<string, Buffer>> {
  const found = new Map<string, Buffer>();
  let extended: Extended = {};
  for (;;) {
    const bytes = await source.read(block);
    if (bytes.length < block || bytes.every((byte) => byte === 0)) return found;
    if (!isHeader(bytes)) throw new Error("it is damaged: a header was expected");
    const type = String.fromCharCode(bytes[156] ?? 0);
    const size = extended.size ?? sizeOf(bytes);
    const name = (extended.name ?? nameOf(bytes)).replace(/^\.\//, "");
    const padded = Math.ceil(size / block) * block;
    if (type === "x" || type === "L") {
      const content = (await source.read(padded)).subarray(0, size).toString();
      extended = type === "L" ? { ...extended, name: content.replace(/\0.*$/s, "") } : { ...extended, ...pax(content) };
      continue;
    }
    extended = {};
    if ((type === "0" || type === "\0") && wanted(name)) {
      const content = (await source.read(padded)).subarray(0, size);
      if (content.length < size) throw new Error(`it is cut off in ${name}`);
      found.set(name, content);
    } else if ((await source.skip(padded)) < size) throw new Error(`it is cut off in ${name}`);
  }
}

/** Whether a block is a tar header: its checksum is right. */
export function isHeader(bytes: Uint8Array): boolean {
  if (bytes.length < block) return false;
  const told = Number.parseInt(text(bytes, 148, 8).trim(), 8);
  let sum = 0;
  for (let at = 0; at < block; at++) sum += at >= 148 && at < 156 ? 32 : (bytes[at] ?? 0);
  return sum === told;
}

/** What an entry before an entry says about it. */
interface Extended {
  readonly name?: string;
  readonly size?: number;
}

function pax(content: string): Extended {
  const value = (key: string) => new RegExp(String.raw`^\d+ ${key}=(.*)$`, "m").exec(content)?.[1];
  const [name, size] = [value("path"), value("size")];
  return { ...(name === undefined ? {} : { name }), ...(size === undefined ? {} : { size: Number(size) }) };
}

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

/** A plain file: what is skipped is not even read. */
export async function fileSource(path: string): Promise<TarSource> {
  const file = await open(path);
  const { size } = await file.stat();
  let position = 0;
  return {
    async read(length) {
      const bytes = Buffer.alloc(length);
      const { bytesRead } = await file.read(bytes, 0, length, position);
      position += bytesRead;
      return bytes.subarray(0, bytesRead);
    },
    async skip(length) {
      const skipped = Math.min(length, size - position);
      position += skipped;
      return skipped;
    },
    [Symbol.asyncDispose]: () => file.close(),
  };
}

/** A file compressed with gzip. */
export function gzipSource(path: string): TarSource {
  const input = createReadStream(path);
  const output = createGunzip();
  input.on("error", (error) => output.destroy(error));
  const chunks = input.pipe(output)[Symbol.asyncIterator]() as AsyncIterator<Buffer>;
  let rest = Buffer.alloc(0);
  /** Takes up to `length` bytes; `keep` gets them piece by piece. */
  const take = async (length: number, keep: (piece: Buffer) => void) => {
    let taken = 0;
    while (taken < length) {
      if (rest.length === 0) {
        const next = await chunks.next();
        if (next.done) break;
        rest = Buffer.from(next.value);
      }
      const piece = rest.subarray(0, length - taken);
      rest = rest.subarray(piece.length);
      taken += piece.length;
      keep(piece);
    }
    return taken;
  };
  return {
    async read(length) {
      const pieces: Buffer[] = [];
      await take(length, (piece) => pieces.push(piece));
      return Buffer.concat(pieces);
    },
    skip: (length) => take(length, () => {}),
    async [Symbol.asyncDispose]() {
      input.destroy();
      output.destroy();
    },
  };
}
