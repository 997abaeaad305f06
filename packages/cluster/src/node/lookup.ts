import type { Section } from "@k3s-lab/machines";

/** What came of the lookup of a pod. */
export type Lookup = "answered" | "failed";

const asked = "kubernetes.default.svc.cluster.local";
/** How many pods of a node are tried. */
const tries = 3;

/** Asks the cluster's DNS server from the network of a pod; undefined where the node has no pod that could ask. */
export function lookupSection(clusterDns: string): Section<Lookup | undefined> {
  return {
    file: new URL("../../shell/lookup.sh", import.meta.url),
    args: [clusterDns, asked, escaped(question()), String(tries)],
    parse: parseLookup,
  };
}

/** RFC 1035: recursion desired, one question of type A in class IN. */
function question(): Buffer {
  const header = Buffer.from([0x6b, 0x33, 0x01, 0x00, 0, 1, 0, 0, 0, 0, 0, 0]);
  const labels = asked.split(".").flatMap((label) => [Buffer.from([label.length]), Buffer.from(label)]);
  return Buffer.concat([header, ...labels, Buffer.from([0, 0, 1, 0, 1])]);
}

function escaped(bytes: Buffer): string {
  return [...bytes].map((byte) => `\\${byte.toString(8).padStart(3, "0")}`).join("");
}

export function parseLookup(output: string): Lookup | undefined {
  const answers = [...output.matchAll(/^lookup (\S+)$/gm)].map(([, answer = ""]) => answer);
  if (answers.length === 0) return undefined;
  return answers.some((answer) => answer === "answered" || isAnswer(answer)) ? "answered" : "failed";
}

/** Tells whether a packet, in hexadecimal digits, is a response without error that brings a record. */
function isAnswer(hex: string): boolean {
  const bytes = Buffer.from(hex, "hex");
  if (bytes.length < 12) return false;
  const isResponse = (bytes.readUInt8(2) & 0x80) !== 0;
  return isResponse && (bytes.readUInt8(3) & 0x0f) === 0 && bytes.readUInt16BE(6) > 0;
}
