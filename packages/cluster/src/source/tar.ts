const block = 512;

interface Member {
  readonly name: string;
  readonly size: number;
  readonly parts: Buffer[];
  missing: number;
}

/**
 * Reads chosen members out of a tar archive that comes in pieces; the others are skipped. Enough for image
 * archives, whose lists of images have short names.
 */
export class TarReader {
  readonly found = new Map<string, Buffer>();
  readonly #wanted: (name: string) => boolean;
  #rest: Buffer = Buffer.alloc(0);
  #skip = 0;
  #member: Member | undefined;

  constructor(wanted: (name: string) => boolean) {
    this.#wanted = wanted;
  }

  push(piece: Uint8Array): void {
    let data = Buffer.concat([this.#rest, piece]);
    for (;;) {
      if (this.#skip > 0) {
        const skipped = Math.min(this.#skip, data.length);
        data = data.subarray(skipped);
        this.#skip -= skipped;
      }
      if (this.#member) data = this.#take(data, this.#member);
      if (this.#member || this.#skip > 0 || data.length < block) break;
      this.#begin(data.subarray(0, block));
      data = data.subarray(block);
    }
    this.#rest = Buffer.from(data);
  }

  #begin(header: Buffer): void {
    const size = Number.parseInt(text(header, 124, 12), 8) || 0;
    const prefix = text(header, 257, 5) === "ustar" ? text(header, 345, 155) : "";
    const name = (prefix === "" ? "" : `${prefix}/`) + text(header, 0, 100);
    const isFile = header[156] === 0 || header[156] === 0x30;
    const plain = name.replace(/^\.\//, "");
    if (isFile && this.#wanted(plain)) this.#member = { name: plain, size, parts: [], missing: size };
    else this.#skip = padded(size);
  }

  #take(data: Buffer, member: Member): Buffer {
    const part = data.subarray(0, member.missing);
    member.parts.push(Buffer.from(part));
    member.missing -= part.length;
    if (member.missing === 0) {
      this.found.set(member.name, Buffer.concat(member.parts));
      this.#skip = padded(member.size) - member.size;
      this.#member = undefined;
      const rest = data.subarray(part.length);
      const skipped = Math.min(this.#skip, rest.length);
      this.#skip -= skipped;
      return rest.subarray(skipped);
    }
    return data.subarray(part.length);
  }
}

const padded = (size: number): number => Math.ceil(size / block) * block;
const text = (header: Buffer, start: number, length: number): string =>
  header
    .subarray(start, start + length)
    .toString("latin1")
    .replace(/\0.*$/s, "")
    .trim();
