/** Names and their IPv4 addresses. */
export type Zone = Readonly<Record<string, string>>;

const headerLength = 12;
const code = { noError: 0, nameError: 3 } as const;
const typeA = 1;

/** Returns the answer to a query: an A record of the zone, or that there is no such name. Undefined for what is no query. */
export function answer(query: Buffer, zone: Zone): Buffer | undefined {
  const question = readQuestion(query);
  if (question === undefined) return undefined;
  const address = zone[question.name];
  const records = address !== undefined && question.type === typeA ? [aRecord(address)] : [];
  const header = Buffer.from(query.subarray(0, headerLength));
  // A response, authoritative, recursion available; whether recursion was desired is repeated.
  header.writeUInt16BE(
    0x8480 | (header.readUInt16BE(2) & 0x0100) | (address === undefined ? code.nameError : code.noError),
    2,
  );
  header.writeUInt16BE(1, 4);
  header.writeUInt16BE(records.length, 6);
  header.writeUInt32BE(0, 8);
  return Buffer.concat([header, query.subarray(headerLength, question.end), ...records]);
}

function readQuestion(query: Buffer): { name: string; type: number; end: number } | undefined {
  if (query.length < headerLength || (query[2] ?? 0) & 0x80) return undefined;
  const labels: string[] = [];
  let at = headerLength;
  for (;;) {
    const length = query[at];
    if (length === undefined || length > 63) return undefined;
    at += 1;
    if (length === 0) break;
    labels.push(query.toString("latin1", at, at + length).toLowerCase());
    at += length;
  }
  if (at + 4 > query.length) return undefined;
  return { name: labels.join("."), type: query.readUInt16BE(at), end: at + 4 };
}

function aRecord(address: string): Buffer {
  // The name is a pointer to the question's; class IN, 60 seconds, 4 bytes.
  const record = Buffer.from([0xc0, headerLength, 0, typeA, 0, 1, 0, 0, 0, 60, 0, 4, 0, 0, 0, 0]);
  record.set(address.split(".").map(Number), 12);
  return record;
}
