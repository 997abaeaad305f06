import { createReadStream } from "node:fs";
import { pipeline, type Transform } from "node:stream";
import * as zlib from "node:zlib";

/** How an archive is compressed; undefined for one that is plain, or compressed in an unknown way. */
export type Compression = "gzip" | "zstd" | "xz" | "bzip2";

const magics: readonly (readonly [magic: string, compression: Compression])[] = [
  ["1f8b", "gzip"],
  ["28b52ffd", "zstd"],
  ["fd377a585a00", "xz"],
  ["425a68", "bzip2"],
];

/** Tells the compression by a file's first bytes: its name may be wrong. */
export function compressionOf(head: Uint8Array): Compression | undefined {
  const hex = Buffer.from(head).toString("hex");
  return magics.find(([magic]) => hex.startsWith(magic))?.[1];
}

/** Opens a file's content, unpacked while it is read. */
export function openPlain(path: string, compression?: Compression): AsyncIterable<Uint8Array> {
  const packed = createReadStream(path, { highWaterMark: 256 * 1024 });
  switch (compression) {
    case undefined:
      return packed;
    case "gzip":
      return through(packed, zlib.createGunzip());
    case "zstd":
      return unzstd(packed);
    default:
      throw new Error(`it is compressed with ${compression}, expected plain, gzip or zstd; unpack it first`);
  }
}

/** Connects the two so that an error, or the end, of one ends the other; who reads is told of it. */
function through(packed: ReturnType<typeof createReadStream>, unpack: Transform): AsyncIterable<Uint8Array> {
  return pipeline(packed, unpack, () => {});
}

/** Node has zstd from version 22.15 on. */
async function* unzstd(packed: ReturnType<typeof createReadStream>): AsyncGenerator<Uint8Array> {
  const { createZstdDecompress } = zlib as { createZstdDecompress?: () => Transform };
  if (createZstdDecompress) return yield* through(packed, createZstdDecompress());
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
