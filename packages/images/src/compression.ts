import { createReadStream, type ReadStream } from "node:fs";
import { stat } from "node:fs/promises";
import { createRequire } from "node:module";
import { pipeline, Readable, type Transform } from "node:stream";
import * as zlib from "node:zlib";

/** How an archive is compressed; undefined for one that is plain, or compressed in an unknown way. */
export type Compression = "gzip" | "zstd" | "xz" | "bzip2";

const magics: readonly (readonly [magic: RegExp, compression: Compression])[] = [
  [/^1f8b/, "gzip"],
  // Output of pzstd begins with a skippable frame.
  [/^(?:28b52ffd|5.2a4d18)/, "zstd"],
  [/^fd377a585a00/, "xz"],
  [/^425a68/, "bzip2"],
];

/** Tells the compression by a file's first bytes: its name may be wrong. */
export function compressionOf(head: Uint8Array): Compression | undefined {
  const hex = Buffer.from(head).toString("hex");
  return magics.find(([magic]) => magic.test(hex))?.[1];
}

/** Opens a file's content, unpacked while it is read. */
export function openPlain(path: string, compression?: Compression): AsyncIterable<Uint8Array> {
  switch (compression) {
    case undefined:
      return read(path);
    case "gzip":
      return through(read(path), zlib.createGunzip());
    case "zstd":
      return unzstd(path);
    case "xz":
      return unxz(read(path));
    default:
      throw new Error(`it is compressed with ${compression}, expected plain, gzip, xz or zstd; unpack it first`);
  }
}

function read(path: string, start = 0): ReadStream {
  return createReadStream(path, { start, highWaterMark: 256 * 1024 });
}

/** Connects the two so that an error, or the end, of one ends the other; who reads is told of it. */
function through(packed: ReadStream, unpack: Transform): AsyncIterable<Uint8Array> {
  return pipeline(packed, unpack, () => {});
}

/** WebAssembly, so that no host needs the program. */
async function* unxz(packed: ReadStream): AsyncGenerator<Uint8Array> {
  // Node cannot import its exports by name: it is CommonJS.
  const { XzReadableStream } = createRequire(import.meta.url)("xz-decompress") as typeof import("xz-decompress");
  const reader = new XzReadableStream(Readable.toWeb(packed) as ReadableStream<Uint8Array>).getReader();
  try {
    for (let piece = await reader.read(); !piece.done; piece = await reader.read()) yield piece.value;
  } catch (cause) {
    throw new Error("its xz data is damaged, or cut off", { cause });
  } finally {
    // Its own cancel() fails once it has reached the end.
    packed.destroy();
  }
}

/**
 * Node has zstd from version 22.15 on. Before 24 it mistakes the end of a frame for the end of the file, and reports
 * nothing: what it has not read is given to the next decoder.
 */
async function* unzstd(path: string): AsyncGenerator<Uint8Array> {
  const { createZstdDecompress } = zlib as { createZstdDecompress?: () => zlib.Gunzip };
  if (createZstdDecompress === undefined) return yield* unzstdByScript(read(path));
  const { size } = await stat(path);
  for (let at = 0; at < size;) {
    const frames = createZstdDecompress();
    yield* through(read(path, at), frames);
    if (frames.bytesWritten === 0) throw new Error("its zstd data is damaged");
    at += frames.bytesWritten;
  }
}

async function* unzstdByScript(packed: ReadStream): AsyncGenerator<Uint8Array> {
  const { Decompress } = await import("fzstd");
  const pieces: Uint8Array[] = [];
  const stream = new Decompress((piece) => pieces.push(piece));
  for await (const piece of packed) {
    stream.push(piece as Buffer);
    yield* pieces.splice(0);
  }
  stream.push(new Uint8Array(), true);
  yield* pieces;
}
