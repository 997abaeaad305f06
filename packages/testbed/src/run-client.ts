import type { EmulatedHost } from "./emulate-host.js";
import { clientProgram } from "./names.js";

/**
 * Makes one connection, or sends one datagram or question for a name; resolves with what became of it within 2 s, as
 * programs/client.pl prints it: "served", "closed", "nothing" and so on. Connected is no answer: a VIF connects always.
 */
export async function runClient(
  { run }: Pick<EmulatedHost, "run">,
  what: "tcp" | "udp" | "name",
  address: string,
  to: string,
): Promise<string> {
  return (await run("perl", [clientProgram, what, address, to])).stdout;
}
