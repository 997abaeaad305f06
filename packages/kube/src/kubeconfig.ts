import { Agent } from "node:https";
import { Problem } from "@k3s-lab/problem";
import { parse, stringify } from "yaml";
import { Api } from "./api.js";

/** The one cluster and user of a kubeconfig such as K3s writes. Certificates and key are base64, as they stand there. */
export interface Kubeconfig {
  /** "https://10.76.0.10:6443" */
  readonly server: string;
  /** Where the same API is, too, of several servers. */
  readonly others?: readonly string[];
  readonly ca: string;
  readonly certificate: string;
  readonly key: string;
}

/**
 * The name under which entries carry what is k3s-lab's own, in the way that Kubernetes has for it: kubectl keeps it, and goes by the
 * server alone.
 */
export const extensionName = "k3s-lab";

/** The file, as far as it is read. */
interface Parsed {
  readonly clusters?: readonly {
    readonly cluster?: {
      readonly server?: string;
      readonly "certificate-authority-data"?: string;
      readonly extensions?: readonly {
        readonly name?: string;
        readonly extension?: { readonly servers?: readonly string[] };
      }[];
    };
  }[];
  readonly users?: readonly {
    readonly user?: { readonly "client-certificate-data"?: string; readonly "client-key-data"?: string };
  }[];
}

/** Reads the first cluster and user of a kubeconfig; undefined where a part is missing. */
export function parseKubeconfig(text: string): Kubeconfig | undefined {
  const { clusters, users } = parsed(text);
  const { server, "certificate-authority-data": ca, extensions = [] } = clusters?.[0]?.cluster ?? {};
  const { servers: others = [] } = extensions.find(({ name }) => name === extensionName)?.extension ?? {};
  const { "client-certificate-data": certificate, "client-key-data": key } = users?.[0]?.user ?? {};
  const isWhole = server !== undefined && ca !== undefined && certificate !== undefined && key !== undefined;
  if (!isWhole) return undefined;
  return { server, ...(others.length > 0 && { others }), ca, certificate, key };
}

function parsed(text: string): Parsed {
  try {
    return (parse(text) as Parsed | null) ?? {};
  } catch {
    return {}; // A file that is not YAML has none of the parts either.
  }
}

/** Writes a kubeconfig under a name of its own, so that merged with others it stays apart from every K3s' "default". */
export function formatKubeconfig(name: string, { server, others = [], ca, certificate, key }: Kubeconfig): string {
  const extensions = [{ name: extensionName, extension: { servers: others } }];
  const cluster = { server, "certificate-authority-data": ca, ...(others.length > 0 && { extensions }) };
  const config = {
    apiVersion: "v1",
    kind: "Config",
    clusters: [{ name, cluster }],
    users: [{ name, user: { "client-certificate-data": certificate, "client-key-data": key } }],
    contexts: [{ name, context: { cluster: name, user: name } }],
    "current-context": name,
  };
  // One line for each certificate: some readers take a folded one for several words.
  return stringify(config, { lineWidth: 0 });
}

/** Opens the API that a kubeconfig leads to; its connections are kept for the next request. */
export function openApi({ server, others, ca, certificate, key }: Kubeconfig, timeoutFactor?: number): Api {
  const decoded = (base64: string) => Buffer.from(base64, "base64");
  const agent = new Agent({ keepAlive: true, ca: decoded(ca), cert: decoded(certificate), key: decoded(key) });
  return new Api({ server, others, timeoutFactor, access: () => ({ agent }) });
}

/** Opens the API of a kubeconfig's text; throws a Problem that names the file where a part of it is missing. */
export function openApiOf(text: string, file: string, timeoutFactor?: number): Api {
  const kubeconfig = parseKubeconfig(text);
  if (kubeconfig !== undefined) return openApi(kubeconfig, timeoutFactor);
  throw new Problem(
    "LAB-KUB-003",
    file,
    "is not a kubeconfig of K3s, expected a server, its CA and a client certificate",
    {
      remedy: "Run `npm run lab:up`, which writes it again.",
    },
  );
}
