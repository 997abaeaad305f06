import { open } from "node:fs/promises";

/** Reads an archive from its first byte to its last, and can skip what is not wanted. */
export interface TarSource extends AsyncDisposable {
  /** Resolves with fewer bytes only at the end. */
  read(length: number): Promise<Buffer>;
  /** Resolves with the number of bytes that could be skipped. */
  skip(length: number): Promise<number>;
}

/** Opens a plain file: what is skipped is not even read. */
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

/** Wraps what comes in pieces, such as the unpacked content of a compressed file. */
export function streamSource(stream: AsyncIterable<Uint8Array>): TarSource {
  const pieces = stream[Symbol.asyncIterator]();
  let rest: Uint8Array = new Uint8Array();
  /** Takes up to `length` bytes; `keep` gets them piece by piece. */
  const take = async (length: number, keep: (piece: Uint8Array) => void) => {
    let taken = 0;
    while (taken < length) {
      if (rest.length === 0) {
        const next = await pieces.next();
        if (next.done) break;
        rest = next.value;
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
      const kept: Uint8Array[] = [];
      await take(length, (piece) => kept.push(piece));
      return Buffer.concat(kept);
    },
    skip: (length) => take(length, () => {}),
    async [Symbol.asyncDispose]() {
      await pieces.return?.();
    },
  };
}
