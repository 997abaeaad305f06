import { closeSync, fsyncSync, ftruncateSync, openSync, readdirSync, readFileSync, writeSync } from "node:fs";
import { join } from "node:path";

/**
 * The log of a member of etcd, as go.etcd.io/etcd/server/v3/storage/wal writes it: segments of records, each a length, a message of
 * protobuf and padding; the rest of a segment is zeros.
 */

/** How far a log goes: of two members, the one with the later term, or the higher index in it, has all that was acknowledged. */
export interface LogEnd {
  readonly term: bigint;
  readonly index: bigint;
}

/** Tells whether a log goes as far as another one, or further. */
export function reaches(one: LogEnd, other: LogEnd): boolean {
  return one.term === other.term ? one.index >= other.index : one.term > other.term;
}

/**
 * Notes in the last segment of a log that all of it is agreed on, as the members would find out once more than half of them run.
 * etcd writes that down with the next change only; a member that goes on alone drops what it does not know it of.
 */
export function agreeOnAll({ file, length, crc, size, vote, term, end }: Log): void {
  const data = Buffer.concat([uint(1, term), uint(2, vote), uint(3, end.index)]);
  const segment = openSync(file, "r+");
  try {
    // As etcd does: what was written half is overwritten by zeros.
    ftruncateSync(segment, length);
    ftruncateSync(segment, size);
    writeSync(segment, framed(kinds.state, crc32c(crc, data), data), 0, undefined, length);
    fsyncSync(segment);
  } finally {
    closeSync(segment);
  }
}

const kinds = { entry: 2, state: 3, crc: 4, snapshot: 5 } as const;

/** A log, as far as it is whole. */
export interface Log {
  readonly end: LogEnd;
  /** What the member has last said of itself. */
  readonly term: bigint;
  readonly vote: bigint;
  /** The last segment: its file, the bytes of it that are whole records, all its bytes, and the sum of what it holds. */
  readonly file: string;
  readonly length: number;
  readonly size: number;
  readonly crc: number;
}

/** Reads the log in a folder; undefined where there is none. Throws where it is damaged. */
export function readLog(folder: string): Log | undefined {
  const files = segmentsIn(folder).map((name) => join(folder, name));
  let last: Segment | undefined;
  const found: { entry?: Fields | undefined; snapshot?: Fields | undefined; state?: Fields | undefined } = {};
  // The latest of each counts, and nearly always the last segment has all.
  for (const file of files.toReversed()) {
    const segment = readSegment(file);
    last ??= segment;
    found.entry ??= segment.latest.get(kinds.entry);
    found.state ??= segment.latest.get(kinds.state);
    found.snapshot ??= segment.latest.get(kinds.snapshot);
    if (found.entry !== undefined && found.state !== undefined) break;
  }
  if (last === undefined || found.state === undefined) return undefined;
  const { file, length, size, crc } = last;
  const end =
    found.entry === undefined
      ? { term: numberIn(found.snapshot, 2), index: numberIn(found.snapshot, 1) }
      : { term: numberIn(found.entry, 2), index: numberIn(found.entry, 3) };
  return { end, term: numberIn(found.state, 1), vote: numberIn(found.state, 2), file, length, size, crc };
}

function segmentsIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder)
      .filter((name) => /^[0-9a-f]{16}-[0-9a-f]{16}\.wal$/.test(name))
      .toSorted();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return [];
    throw error;
  }
}

interface Segment extends Pick<Log, "file" | "length" | "size" | "crc"> {
  /** The last record of each kind. */
  readonly latest: ReadonlyMap<number, Fields>;
}

/** Reads a segment up to its first zero, or to a record that was not written to its end. */
function readSegment(file: string): Segment {
  const bytes = readFileSync(file);
  const latest = new Map<number, Fields>();
  let [at, crc] = [0, 0];
  for (;;) {
    if (at + frame > bytes.length) break;
    const word = bytes.readBigUInt64LE(at);
    const length = Number(word & 0xff_ffff_ffff_ffffn);
    const padding = word >> 63n === 1n ? Number((word >> 56n) & 7n) : 0;
    const next = at + frame + length + padding;
    if (length === 0 || next > bytes.length) break;
    const record = fieldsOf(bytes.subarray(at + frame, at + frame + length));
    const [kind, sum, data] = [Number(record?.get(1)), Number(record?.get(2)), record?.get(3)];
    const content = Buffer.isBuffer(data) ? data : Buffer.alloc(0);
    const summed = kind === kinds.crc ? sum : crc32c(crc, content);
    const fields = fieldsOf(content) ?? new Map();
    if (record === undefined || summed !== sum) break;
    latest.set(kind, fields);
    [at, crc] = [next, sum];
  }
  return { file, length: at, size: bytes.length, crc, latest };
}

/** Bytes of a record's length. */
const frame = 8;

function framed(kind: number, crc: number, data: Buffer): Buffer {
  const record = Buffer.concat([uint(1, BigInt(kind)), uint(2, BigInt(crc)), Buffer.from([0x1a, data.length]), data]);
  const padding = (8 - (record.length % 8)) % 8;
  const length = Buffer.alloc(frame);
  length.writeBigUInt64LE(BigInt(record.length) | (padding === 0 ? 0n : BigInt(0x80 | padding) << 56n));
  return Buffer.concat([length, record, Buffer.alloc(padding)]);
}

type Fields = ReadonlyMap<number, bigint | Buffer>;

/** Reads a message of protobuf that has numbers and bytes; undefined where it is none. */
function fieldsOf(message: Buffer): Fields | undefined {
  const fields = new Map<number, bigint | Buffer>();
  let at = 0;
  const varint = () => {
    let value = 0n;
    for (let shift = 0n; at < message.length && shift < 70n; shift += 7n) {
      const byte = message[at++] ?? 0;
      value |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) return value;
    }
    return undefined;
  };
  while (at < message.length) {
    const key = varint();
    const value = varint();
    if (key === undefined || value === undefined) return undefined;
    const [number, wire] = [Number(key >> 3n), key & 7n];
    if (wire === 0n) fields.set(number, value);
    else if (wire === 2n && at + Number(value) <= message.length) {
      fields.set(number, message.subarray(at, at + Number(value)));
      at += Number(value);
    } else return undefined;
  }
  return fields;
}

function numberIn(fields: Fields | undefined, number: number): bigint {
  const value = fields?.get(number);
  return typeof value === "bigint" ? value : 0n;
}

/** A number as a field of a message. */
function uint(number: number, value: bigint): Buffer {
  const bytes = [number << 3];
  let left = value;
  for (; left >= 0x80n; left >>= 7n) bytes.push(Number(left & 0x7fn) | 0x80);
  bytes.push(Number(left));
  return Buffer.from(bytes);
}

/** CRC-32C, by Castagnoli's polynomial; Node's zlib has the other one. */
function crc32c(before: number, bytes: Buffer): number {
  let crc = ~before;
  for (const byte of bytes) crc = (table[(crc ^ byte) & 0xff] ?? 0) ^ (crc >>> 8);
  return ~crc >>> 0;
}

const table = Array.from({ length: 256 }, (_, index) => {
  let value = index;
  for (let bit = 0; bit < 8; bit++) value = (value >>> 1) ^ (value & 1 ? 0x82f6_3b78 : 0);
  return value;
});
