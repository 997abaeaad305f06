import type { TarSource } from "./tar-source.js";

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
