import { createReadStream } from "node:fs";
import { Readable } from "node:stream";

/** Milliseconds between two reports: a person reads no faster. */
const tellEvery = 250;

/** Reads a file of the host, and tells how many bytes of it were read; the last time when it has come to its end. */
export function countedFile(path: string, read: (bytes: number) => void): Readable {
  return Readable.from(count(path, read), { objectMode: false });
}

async function* count(path: string, read: (bytes: number) => void): AsyncGenerator<Buffer> {
  let [bytes, told] = [0, performance.now()];
  for await (const piece of createReadStream(path, { highWaterMark: 1024 * 1024 })) {
    yield piece as Buffer;
    bytes += (piece as Buffer).length;
    if (performance.now() - told < tellEvery) continue;
    told = performance.now();
    read(bytes);
  }
  read(bytes);
}
