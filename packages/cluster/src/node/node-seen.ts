import type { NodeGuardSeen } from "@k3s-lab/guard";
import { type Answer, answerIn } from "./lookup.js";

/** What a look at a node has shown. Of a machine that is not there or stands still, nothing. */
export interface NodeSeen {
  readonly isRunning: boolean;
  /** path -> mode in octal */
  readonly modes: ReadonlyMap<string, string>;
  /** path -> sha256 of a small file */
  readonly sums: ReadonlyMap<string, string>;
  /** path -> size of a large file */
  readonly sizes: ReadonlyMap<string, number>;
  /** path -> sha256 of a large file, as it was when the lab put it there */
  readonly installed: ReadonlyMap<string, string>;
  /** path -> target */
  readonly links: ReadonlyMap<string, string>;
  readonly isActive: boolean;
  readonly isEnabled: boolean;
  /** The sum that the running K3s was started with. */
  readonly startedWith?: string;
  /** Whether the node has a password of its own: whether it has ever joined. */
  readonly hasPassword: boolean;
  readonly joinToken?: string;
  readonly kubeconfig?: string;
  /** Whether CoreDNS answers a pod of this node; undefined where it was not asked, or there is no pod. */
  readonly lookup?: Answer;
  readonly guard?: NodeGuardSeen;
}

export const nothingSeen: NodeSeen = {
  isRunning: false,
  modes: new Map(),
  sums: new Map(),
  sizes: new Map(),
  installed: new Map(),
  links: new Map(),
  isActive: false,
  isEnabled: false,
  hasPassword: false,
};

/** Reads what the script of a look has printed. */
export function parseSeen(output: string): NodeSeen {
  const lines = output.split("\n").map((line) => line.split(/ +/));
  const of = (kind: string) => lines.filter(([first]) => first === kind).map(([, ...rest]) => rest);
  const map = (kind: string) => new Map(of(kind).map(([value = "", path = ""]) => [path, value]));
  const service = new Set(of("service").map(([line]) => line));
  const [started] = of("started")[0] ?? [];
  const [token] = of("token")[0] ?? [];
  const [kubeconfig] = of("kubeconfig")[0] ?? [];
  const lookup = answerIn(of("lookup").map(([hex = ""]) => hex));
  return {
    isRunning: true,
    modes: map("mode"),
    sums: map("sum"),
    sizes: new Map([...map("size")].map(([path, size]) => [path, Number(size)])),
    installed: map("installed"),
    links: map("link"),
    isActive: service.has("ActiveState=active"),
    isEnabled: service.has("UnitFileState=enabled"),
    ...(started === undefined ? {} : { startedWith: started }),
    hasPassword: of("password").length > 0,
    ...(token === undefined ? {} : { joinToken: decode(token).trim() }),
    ...(kubeconfig === undefined ? {} : { kubeconfig: decode(kubeconfig) }),
    ...(lookup === undefined ? {} : { lookup }),
  };
}

const decode = (base64: string): string => Buffer.from(base64, "base64").toString("utf8");
