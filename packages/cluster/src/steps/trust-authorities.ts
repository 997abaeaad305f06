import { sha256 } from "@k3s-lab/host";
import type { Step } from "@k3s-lab/steps";
import { labPaths } from "../paths.js";
import { type Nodes, perNode } from "../node/nodes.js";
import { shellArgv } from "../shell.js";

/** Milliseconds: the node rebuilds the list of all that it trusts. */
const updateTimeout = 120_000;
const shownNames = 3;

/** Has every node's programs trust the authorities that the host's administrator has added, or lab.yaml names. */
export function trustAuthoritiesStep(nodes: Nodes): Step {
  return perNode(nodes, {
    id: "trust-authorities",
    title: "Trust certificate authorities",
    plan(name, seen) {
      const { authorities } = nodes.desired(name);
      const wanted = certificatesOf(authorities);
      const isThere = seen.files.get(labPaths.certificates)?.sha256;
      if (isThere === (wanted === "" ? undefined : sha256(wanted))) return undefined;
      const names = authorities.map((each) => each.name);
      const more = names.length > shownNames ? ` and ${names.length - shownNames} more` : "";
      return {
        on: name,
        kind: "change",
        sentence:
          wanted === ""
            ? `${name}: no longer trust the host's own certificate authorities`
            : `${name}: trust ${names.slice(0, shownNames).join(", ")}${more}`,
        run: async ({ signal }) => {
          const argv = [...shellArgv("trust"), labPaths.certificates];
          await nodes.driver.exec(name, argv, { input: wanted, signal, timeout: nodes.within(updateTimeout) });
        },
      };
    },
  });
}

/** Returns the content of the file on a node that records what it was made to trust. */
function certificatesOf(authorities: readonly { readonly pem: string }[]): string {
  return authorities.map(({ pem }) => pem).join("");
}
