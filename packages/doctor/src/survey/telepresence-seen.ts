import { Problem } from "@k3s-lab/problem";

/** One connection of Telepresence, or its daemons without one. */
export interface TelepresenceSeen {
  readonly connected: boolean;
  /** As Telepresence words it: "Connected", "Not connected". */
  readonly status?: string | undefined;
  readonly version?: string | undefined;
  readonly context?: string | undefined;
  /** The URL of the API server that it is connected to. */
  readonly server?: string | undefined;
  readonly manager?: string | undefined;
  /** The subnets that its VIF maps. */
  readonly subnets: readonly string[];
  readonly alsoProxy: readonly string[];
  readonly neverProxy: readonly string[];
}

interface Daemon {
  readonly running?: boolean;
  readonly version?: string;
  readonly status?: string;
  readonly kubernetes_server?: string;
  readonly kubernetes_context?: string;
  readonly subnets?: readonly string[] | null;
  readonly also_proxy_subnets?: readonly string[] | null;
  readonly never_proxy_subnets?: readonly string[] | null;
}

interface Status {
  readonly user_daemon?: Daemon;
  readonly root_daemon?: Daemon;
  /** Both daemons in one, where it runs in Docker. */
  readonly daemon?: Daemon;
  readonly traffic_manager?: { readonly name?: string; readonly version?: string };
  /** One for each connection, where there are several. */
  readonly connections?: readonly Status[];
}

/** Reads `telepresence status --output json`, of one connection or several. */
export function parseTelepresence(text: string): readonly TelepresenceSeen[] {
  let status: Status;
  try {
    status = JSON.parse(text) as Status;
  } catch (cause) {
    throw new Problem("LAB-DOC-013", "telepresence status", "printed no JSON", { cause });
  }
  return (status.connections ?? [status]).flatMap(connectionOf);
}

function connectionOf({ user_daemon, root_daemon, daemon, traffic_manager }: Status): readonly TelepresenceSeen[] {
  const user = daemon ?? user_daemon;
  const root = daemon ?? root_daemon;
  if (user?.running !== true) return [];
  return [
    {
      connected: user.status?.startsWith("Connected") === true,
      status: user.status || undefined,
      version: user.version || undefined,
      context: user.kubernetes_context || undefined,
      server: user.kubernetes_server || undefined,
      manager: traffic_manager?.version || undefined,
      subnets: ipv4(root?.subnets),
      alsoProxy: ipv4(root?.also_proxy_subnets),
      neverProxy: ipv4(root?.never_proxy_subnets),
    },
  ];
}

/** A lab's networks are IPv4. */
function ipv4(subnets: readonly string[] | null | undefined): readonly string[] {
  return (subnets ?? []).filter((subnet) => /^[\d.]+(\/\d+)?$/.test(subnet));
}
