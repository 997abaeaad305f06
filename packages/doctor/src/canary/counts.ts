import { Problem } from "@k3s-lab/problem";

/** The packets of one source, known by its port, that left by a link of the host, or would have left. */
export interface Count {
  readonly hook: "forward" | "output";
  readonly link: string;
  readonly port: number;
  readonly packets: number;
}

interface Listed {
  readonly nftables?: readonly { readonly set?: { readonly name: string; readonly elem?: readonly unknown[] } }[];
}

interface Element {
  readonly elem: {
    readonly val: { readonly concat: readonly [string, number] };
    readonly counter: { readonly packets: number };
  };
}

const hooks: Readonly<Record<string, Count["hook"]>> = { forwarded: "forward", sent: "output" };

/** Reads the output of `nft -j list table` about the canary. */
export function parseCounts(json: string): readonly Count[] {
  try {
    const { nftables = [] } = JSON.parse(json) as Listed;
    return nftables.flatMap(({ set }) => {
      const hook = hooks[set?.name ?? ""];
      if (hook === undefined) return [];
      return ((set?.elem ?? []) as readonly Element[]).map(({ elem: { val, counter } }) => {
        const [link, port] = val.concat;
        return { hook, link, port, packets: counter.packets };
      });
    });
  } catch (cause) {
    throw new Problem("LAB-DOC-001", "nft", "the canary's counters could not be read", { cause });
  }
}
