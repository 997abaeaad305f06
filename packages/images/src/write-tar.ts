/** A file of an archive. */
export interface TarFile {
  readonly name: string;
  readonly content: Uint8Array;
  /** Default: 0o644. */
  readonly mode?: number;
}

interface SymbolicLink {
  readonly name: string;
  /** Where it leads to. */
  readonly link: string;
}

/** A folder that would otherwise be missing, or have another mode. */
interface Folder {
  /** Ends in a slash. */
  readonly name: string;
  readonly mode: number;
}

export type TarMember = TarFile | SymbolicLink | Folder;

/** The types of a tar header. */
const types = { file: "0", link: "2", folder: "5" } as const;

const block = 512;

/** Writes a ustar archive that depends on nothing but its files: it has no times and no owners. */
export function writeTar(members: readonly TarMember[]): Buffer {
  const parts = members.flatMap((member) => {
    if ("link" in member) return [header({ ...member, type: types.link, size: 0, mode: 0o777 })];
    if (!("content" in member)) return [header({ ...member, type: types.folder, size: 0 })];
    const { name, content, mode = 0o644 } = member;
    return [
      header({ name, type: types.file, size: content.length, mode }),
      content,
      // Every file fills whole blocks.
      Buffer.alloc((block - (content.length % block)) % block),
    ];
  });
  return Buffer.concat([...parts, Buffer.alloc(2 * block)]);
}

interface Header {
  readonly name: string;
  readonly type: string;
  readonly size: number;
  readonly mode: number;
  readonly link?: string;
}

function header({ name, type, size, mode, link = "" }: Header): Buffer {
  for (const text of [name, link]) {
    if (Buffer.byteLength(text) > 100) throw new RangeError(`${text}: longer than the 100 bytes of a tar header`);
  }
  const bytes = Buffer.alloc(block);
  const fields: readonly (readonly [at: number, field: string])[] = [
    [0, name],
    [100, `${mode.toString(8).padStart(7, "0")}\0`],
    [108, "0000000\0"], // user
    [116, "0000000\0"], // group
    [124, `${size.toString(8).padStart(11, "0")}\0`],
    [136, "00000000000\0"], // time
    [148, " ".repeat(8)], // The checksum is of a header with spaces in its place.
    [156, type],
    [157, link],
    [257, "ustar\u000000"],
  ];
  for (const [at, field] of fields) bytes.write(field, at);
  const sum = bytes.reduce((total, byte) => total + byte, 0);
  bytes.write(`${sum.toString(8).padStart(6, "0")}\0 `, 148);
  return bytes;
}
