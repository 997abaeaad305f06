import { Agent, request } from "node:https";
import { Problem } from "@k3s-lab/lab";
import { type KubeObject, nameOf, type ObjectName, pathOf } from "./kube-object.js";
import type { ApiAccess } from "./kubeconfig.js";
import { names } from "./names.js";

/**
 * The part of the cluster's API that a registry needs. Asked directly: a kubectl is a process of 150 MB that costs a
 * fifth of a second, a request over an open connection some milliseconds.
 */
export interface KubeApi {
  /** Undefined where there is no such object. */
  get(object: ObjectName, signal: AbortSignal): Promise<KubeObject | undefined>;
  /** Server-side apply. Resolves with the object as the cluster has it then. */
  apply(object: KubeObject, signal: AbortSignal): Promise<KubeObject>;
  pods(namespace: string, selector: string, signal: AbortSignal): Promise<readonly KubeObject[]>;
}

/** Milliseconds. A machine of the LAN that is there is reached at once; a server that is starting takes its time. */
const patience = { connect: 2_000, answer: 15_000 };

interface Answer {
  readonly status: number;
  readonly body: string;
}

/** `access` is asked at the first request: when a plan is made there may be no cluster. */
export function openKubeApi(access: () => ApiAccess | undefined): KubeApi {
  let opened: { readonly server: string; readonly agent: Agent } | undefined;
  const open = () => {
    if (opened) return opened;
    const found = access();
    if (found === undefined) throw new Problem("cluster", "has no kubeconfig", { remedy: "Run `npm run lab:up`." });
    const { server, ...tls } = found;
    return (opened = { server, agent: new Agent({ keepAlive: true, ...tls }) });
  };
  const ask = async (path: string, signal: AbortSignal, change?: Change) => {
    const { server, agent } = open();
    return send(`${server}${path}`, agent, signal, change);
  };
  return {
    async get(object, signal) {
      const answer = await ask(pathOf(object), signal);
      return answer.status === 404 ? undefined : read<KubeObject>(answer, nameOf(object));
    },
    async apply(object, signal) {
      // Whoever else set a field that we want: we want it so.
      const path = `${pathOf(object)}?fieldManager=${names.fieldManager}&force=true`;
      const change = { method: "PATCH", type: "application/apply-patch+yaml", body: JSON.stringify(object) };
      return read<KubeObject>(await ask(path, signal, change), nameOf(object));
    },
    async pods(namespace, selector, signal) {
      const path = `/api/v1/namespaces/${namespace}/pods?labelSelector=${encodeURIComponent(selector)}`;
      return read<{ items: readonly KubeObject[] }>(await ask(path, signal), `pods of ${selector}`).items;
    },
  };
}

interface Change {
  readonly method: string;
  readonly type: string;
  readonly body: string;
}

/** Past every proxy: the API is on the lab's own LAN. */
function send(url: string, agent: Agent, signal: AbortSignal, change?: Change): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const headers = { accept: "application/json", ...(change ? { "content-type": change.type } : {}) };
    const options = { agent, headers, signal, method: change?.method ?? "GET", timeout: patience.connect };
    const asked = request(url, options, (response) => {
      const pieces: Buffer[] = [];
      response.on("data", (piece: Buffer) => pieces.push(piece));
      response.on("error", reject);
      response.on("end", () => {
        resolve({ status: response.statusCode ?? 0, body: Buffer.concat(pieces).toString("utf8") });
      });
    });
    asked.on("socket", (socket) => {
      if (socket.connecting) socket.once("secureConnect", () => socket.setTimeout(patience.answer));
      else socket.setTimeout(patience.answer);
    });
    asked.on("timeout", () => asked.destroy(new Error("no answer in time")));
    asked.on("error", (cause) => {
      reject(signal.aborted ? cause : new Problem(new URL(url).origin, `cannot be asked: ${cause.message}`, { cause }));
    });
    asked.end(change?.body);
  });
}

function read<Value>({ status, body }: Answer, what: string): Value {
  if (status >= 200 && status < 300) return JSON.parse(body) as Value;
  throw new Problem(what, `was refused by the cluster's API: ${messageOf(body) ?? `HTTP ${status}`}`);
}

/** The sentence in a Status object. */
function messageOf(body: string): string | undefined {
  try {
    return (JSON.parse(body) as { readonly message?: string }).message;
  } catch {
    return undefined;
  }
}
