/** A, class IN. */
const typeAndClass = [0, 1, 0, 1];
const header = [0x6b, 0x33, 0x01, 0x00, 0, 1, 0, 0, 0, 0, 0, 0];

/** Renders the DNS question for a name's IPv4 address, each byte as an escape of printf: recursion is desired. */
export function questionFor(name: string): string {
  const labels = name.split(".").flatMap((label) => [label.length, ...Buffer.from(label, "latin1")]);
  return [...header, ...labels, 0, ...typeAndClass].map((byte) => `\\${byte.toString(8).padStart(3, "0")}`).join("");
}

/** A nameserver's answer about a name, worded to follow the server: "answers NXDOMAIN"; or that it knows the name. */
export type Answer = "knows it" | "does not answer" | `answers ${string}`;

const codes: Readonly<Record<number, string>> = {
  1: "FORMERR",
  2: "SERVFAIL",
  3: "NXDOMAIN",
  4: "NOTIMP",
  5: "REFUSED",
};

/** Reads an answer as `ask-names.sh` prints it. */
export function answerIn(printed: string): Answer {
  if (printed === "known") return "knows it";
  if (printed === "unknown") return "answers NXDOMAIN";
  const bytes = Buffer.from(printed, "hex");
  if (bytes.length < 12 || !((bytes[2] ?? 0) & 0x80)) return "does not answer";
  const code = (bytes[3] ?? 0) & 0x0f;
  if (code !== 0) return `answers ${codes[code] ?? `code ${code}`}`;
  return bytes.readUInt16BE(6) > 0 ? "knows it" : "answers without an address";
}
