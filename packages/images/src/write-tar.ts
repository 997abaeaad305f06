/** A file of an archive. */
export interface TarFile {
  readonly name: string;
  readonly content: Uint8Array;
  /** Default: 0o644. */
  readonly mode?: number;
}

const block = 512;

/** Writes a ustar archive that depends on nothing but its files: it has no times and no owners. */
export function writeTar(files: readonly TarFile[]): Buffer {
  const parts = files.flatMap(({ name, content, mode }) => [
    header(name, content.length, mode),
    content,
    // Every file fills whole blocks.
    Buffer.alloc((block - (content.length % block)) % block),
  ]);
  return Buffer.concat([...parts, Buffer.alloc(2 * block)]);
}

function header(name: string, size: number, mode = 0o644): Buffer {
  if (Buffer.byteLength(name) > 100) throw new RangeError(`${name}: longer than the 100 bytes of a tar header`);
  const bytes = Buffer.alloc(block);
  const fields: readonly (readonly [at: number, field: string])[] = [
    [0, name],
    [100, `${mode.toString(8).padStart(7, "0")}\0`],
    [108, "0000000\0"], // user
    [116, "0000000\0"], // group
    [124, `${size.toString(8).padStart(11, "0")}\0`],
    [136, "00000000000\0"], // time
    [148, " ".repeat(8)], // The checksum is of a header with spaces in its place.
    [156, "0"], // a plain file
    [257, "ustar\u000000"],
  ];
  for (const [at, field] of fields) bytes.write(field, at);
  const sum = bytes.reduce((total, byte) => total + byte, 0);
  bytes.write(`${sum.toString(8).padStart(6, "0")}\0 `, 148);
  return bytes;
}
