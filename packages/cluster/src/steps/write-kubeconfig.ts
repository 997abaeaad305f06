import { X509Certificate } from "node:crypto";
import { statSync } from "node:fs";
import { readFile } from "node:fs/promises";
import type { Lab } from "@k3s-lab/lab";
import { messageOf } from "@k3s-lab/problem";
import { type Action, type Step, step } from "@k3s-lab/steps";
import { formatKubeconfig, type Kubeconfig, parseKubeconfig } from "@k3s-lab/kube";
import { hasRun, nothingSeen } from "../node/node-seen.js";
import type { Nodes } from "../node/nodes.js";
import { isAdminDue } from "../renewal.js";
import { outdatedIn, refreshIn } from "../users-kubeconfig/users-kubeconfig.js";

interface Seen {
  readonly isRight: boolean;
  /** It holds the certificate that K3s on the server is going to be restarted for, which makes another one. */
  readonly isRenewed: boolean;
  readonly wanted: string | undefined;
  /** The kubeconfigs of the user that the lab was merged into, and that hold it as it no longer is. */
  readonly outdated: readonly string[];
}

/**
 * A kubeconfig for the host: K3s' own, whose server is the node itself, with the node's address on the LAN; of several servers, with
 * the address of all, and those of each for the lab's own commands. Where the user has merged it into another, that follows.
 */
export function writeKubeconfigStep(lab: Lab, nodes: Nodes, url: string, others: readonly string[]): Step {
  const path = lab.state.path("kubeconfig");
  return step<Seen>({
    id: "write-kubeconfig",
    title: "Write kubeconfig",
    observe: async (facts) => {
      const all = await nodes.seeAll(facts);
      const text = isPrivate(path) ? await readFile(path, "utf8") : "";
      const [server] = nodes.servers.flatMap((name) => {
        const { kubeconfig = "", certificates = [], ...seen } = all.get(name) ?? nothingSeen;
        // One that stands still has what was read of it before.
        const parsed = parseKubeconfig(!seen.isRunning && hasRun(seen) ? text : kubeconfig);
        return parsed === undefined ? [] : [{ parsed, certificates }];
      });
      if (server === undefined) {
        return { wanted: undefined, isRight: false, isRenewed: false, outdated: outdatedIn(lab, undefined) };
      }
      const { parsed, certificates } = server;
      const config = { ...parsed, server: url, others };
      const wanted = formatKubeconfig(lab.config.name, config);
      const isRight = isGood(text, lab.config.name, config);
      const isRenewed = isRight && isAdminDue(certificates) && text === wanted;
      const current = isRenewed ? undefined : isRight ? parseKubeconfig(text) : config;
      return { wanted, isRight, isRenewed, outdated: outdatedIn(lab, current) };
    },
    plan: ({ isRight, isRenewed, wanted, outdated }): readonly Action[] => [
      ...(isRight && !isRenewed
        ? []
        : [
            {
              on: "host",
              kind: "make" as const,
              sentence: `write ${path}`,
              keepsFacts: true,
              run: async () => {
                if (wanted === undefined) return;
                // One with the same content and other permissions would be left alone.
                lab.state.remove("kubeconfig");
                lab.state.writeText("kubeconfig", wanted);
              },
            },
          ]),
      ...outdated.map((file) => refreshAction(lab, file)),
    ],
  });
}

function refreshAction(lab: Lab, file: string): Action {
  return {
    on: "host",
    kind: "change",
    sentence: `${file}: update the lab's entries`,
    keepsFacts: true,
    // A file that its owner has made read-only since is no reason to call the lab broken.
    unobservable: true,
    run: async ({ note }) => {
      const config = parseKubeconfig(await readFile(lab.state.path("kubeconfig"), "utf8"));
      try {
        if (config !== undefined) await refreshIn(lab, file, config);
      } catch (error) {
        note(messageOf(error));
      }
    },
  };
}

/** Tells whether a file exists that only its owner can read. */
function isPrivate(path: string): boolean {
  const seen = statSync(path, { throwIfNoEntry: false });
  return seen !== undefined && (seen.mode & 0o777) === 0o600;
}

/** Milliseconds that a certificate must be valid for at least. */
const validity = 30 * 24 * 3_600_000;

/**
 * Tells whether a kubeconfig is as K3s has it, apart from the client's certificate: K3s may issue itself another at each
 * start, and the one before stays good until it expires.
 */
export function isGood(text: string, name: string, wanted: Kubeconfig): boolean {
  const seen = parseKubeconfig(text);
  if (seen === undefined) return false;
  const { certificate, key } = seen;
  if (formatKubeconfig(name, { ...wanted, certificate, key }) !== text) return false;
  if (certificate === wanted.certificate) return key === wanted.key;
  const [current, latest] = [certificateOf(certificate), certificateOf(wanted.certificate)];
  if (current === undefined || current.issuer !== latest?.issuer) return false;
  return Date.parse(current.validTo) > Date.now() + validity;
}

function certificateOf(base64: string): X509Certificate | undefined {
  try {
    return new X509Certificate(Buffer.from(base64, "base64"));
  } catch {
    return undefined; // Written by hand, or cut short.
  }
}
