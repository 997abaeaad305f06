import { Problem } from "@k3s-lab/problem";

/** Packets that went, or would have gone, out of a link of the host, by a source's port. */
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

/** Reads `nft -j list table` of the canary. */
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
