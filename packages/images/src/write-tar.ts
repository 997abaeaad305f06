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
    padding(content.length),
  ]);
  return Buffer.concat([...parts, Buffer.alloc(2 * block)]);
}

function header(name: string, size: number, mode = 0o644): Buffer {
  if (Buffer.byteLength(name) > 100) throw new RangeError(`${name}: longer than the 100 bytes of a tar header`);
  const bytes = Buffer.alloc(block);
  bytes.write(name, 0);
  bytes.write(`${mode.toString(8).padStart(7, "0")}\0`, 100);
  bytes.write("0000000\0", 108);
  bytes.write("0000000\0", 116);
  bytes.write(`${size.toString(8).padStart(11, "0")}\0`, 124);
  bytes.write("00000000000\0", 136);
  bytes.write("        ", 148);
  bytes.write("0", 156);
  bytes.write("ustar\u000000", 257);
  const sum = bytes.reduce((total, byte) => total + byte, 0);
  bytes.write(`${sum.toString(8).padStart(6, "0")}\0 `, 148);
  return bytes;
}

function padding(size: number): Buffer {
  return Buffer.alloc((block - (size % block)) % block);
}
