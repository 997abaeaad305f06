/** What a text is written in; "unknown" where it is neither UTF-8 nor of wider units: Latin-1 with letters beyond ASCII. */
export type TextEncoding = "UTF-8" | "UTF-16" | "UTF-32" | "unknown";

/** Returns the encoding of a text, by its byte order mark or by the zero bytes beside an ASCII letter in wider units. */
export function encodingOf(bytes: Uint8Array): TextEncoding {
  const [a, b, c, d] = bytes;
  const is = (...mark: readonly number[]) => mark.every((byte, index) => bytes[index] === byte);
  const zeros = [a, b, c, d].map((byte) => (byte === 0 ? "0" : "x")).join("");
  if (is(0xff, 0xfe, 0, 0) || is(0, 0, 0xfe, 0xff) || zeros === "000x" || zeros === "x000") return "UTF-32";
  if (is(0xff, 0xfe) || is(0xfe, 0xff) || zeros.startsWith("0x") || zeros.startsWith("x0")) return "UTF-16";
  return invalidUtf8At(bytes) === undefined ? "UTF-8" : "unknown";
}

/** Returns the offset of the first byte that is not UTF-8; undefined where all are. */
export function invalidUtf8At(bytes: Uint8Array): number | undefined {
  // What cannot be decoded is replaced, and so comes back as other bytes.
  const again = Buffer.from(Buffer.from(bytes).toString("utf8"));
  if (again.equals(bytes)) return undefined;
  return bytes.findIndex((byte, index) => again[index] !== byte);
}
