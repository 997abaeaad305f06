import * as http from "node:http";
import * as https from "node:https";
import { Problem } from "@k3s-lab/problem";

/** How a cluster's API is reached. */
export interface Connection {
  /** "https://10.76.0.10:6443" */
  readonly server: string;
  /** Where the same API is, too, of several servers. */
  readonly others?: readonly string[] | undefined;
  /** The proxy that the agent of `access` goes through, for messages: "http://10.0.0.8:3128". */
  readonly via?: string | undefined;
  /** By what to multiply timeouts: more than 1 where processors are emulated. Default: 1. */
  readonly timeoutFactor?: number | undefined;
  /**
   * What lets the caller in, in node:https' own words: certificates, an `authorization` header, an agent. It is asked for
   * before each request, because what an exec plugin of a kubeconfig hands out expires.
   */
  readonly access: () => https.RequestOptions | Promise<https.RequestOptions>;
}

export interface Question {
  readonly method: "GET" | "POST" | "PATCH" | "DELETE";
  /** With its query: "/api/v1/nodes?limit=1". */
  readonly path: string;
  readonly signal: AbortSignal;
  /** Whether an answer may begin only when there is something to say, as that of a log which is followed. */
  readonly mayStaySilent?: boolean | undefined;
  readonly body?: { readonly type: string; readonly text: string } | undefined;
}

/** The API was not reached, or did not answer in time. */
export class ApiSilent extends Problem {
  override readonly name = "ApiSilent";
  /** Whether the question was sent: what it asked for may have been done. */
  readonly wasSent: boolean;

  constructor({ server, via }: Pick<Connection, "server" | "via">, cause: Error, wasSent: boolean) {
    const by = via === undefined ? "" : ` through the proxy ${via}`;
    super("LAB-KUB-002", server, `cannot be reached${by}: ${cause.message}`, { cause });
    this.wasSent = wasSent;
  }
}

/**
 * Milliseconds. A machine on the LAN accepts a connection at once; a server that is starting takes its time to answer. Where there
 * is another one to ask, one that is dead is waited for less long.
 */
const timeouts = { connect: 5_000, connectOfSeveral: 2_000, answer: 15_000 };

/** Asks the servers of an API: the one that has answered last, and where it is silent, the others. */
export class Asker {
  readonly #connection: Connection;
  #answering: string;

  constructor(connection: Connection) {
    this.#connection = connection;
    this.#answering = connection.server;
  }

  /** Sends one request. Rejects with ApiSilent, of the server asked first, where no answer begins in time. */
  async ask(question: Question): Promise<http.IncomingMessage> {
    const { server, others = [] } = this.#connection;
    const first = this.#answering;
    const connect = others.length === 0 ? timeouts.connect : timeouts.connectOfSeveral;
    let silence: ApiSilent | undefined;
    for (const place of new Set([first, server, ...others])) {
      try {
        const answer = await ask({ ...this.#connection, server: place }, question, connect);
        this.#answering = place;
        return answer;
      } catch (error) {
        if (!(error instanceof ApiSilent) || (error.wasSent && question.method === "POST")) throw error;
        silence ??= error;
      }
    }
    throw silence;
  }
}

/**
 * Sends one request to one server. Rejects with ApiSilent where no answer begins in time.
 *
 * The rest of the product speaks HTTP by undici. Here it would cost every command 100 ms to load, node:https costs 5 ms:
 * nothing else that `lab:plan` or `lab:status` does takes so long. No proxy is used unless `access` has an agent that does: a
 * lab's own API is inside the lab.
 */
async function ask(connection: Connection, question: Question, connect: number): Promise<http.IncomingMessage> {
  const { server, access, timeoutFactor = 1 } = connection;
  const { method, path, signal, body } = question;
  const { headers, ...options } = await access();
  const { request } = server.startsWith("http:") ? http : https;
  const all = { accept: "application/json", ...headers, ...(body && { "content-type": body.type }) };
  return new Promise((resolve, reject) => {
    const asked = request(`${server}${path}`, { ...options, method, headers: all, signal }, (response) => {
      clearTimeout(timer);
      resolve(response);
    });
    const endAfter = (usual: number) => {
      const ms = usual * timeoutFactor;
      return setTimeout(() => asked.destroy(new Error(`no answer within ${ms / 1000} s`)), ms);
    };
    let [timer, wasSent] = [endAfter(connect), false];
    const onConnected = () => {
      clearTimeout(timer);
      wasSent = true;
      if (!question.mayStaySilent) timer = endAfter(timeouts.answer);
    };
    asked.on("socket", (socket) => {
      if (!socket.connecting) onConnected();
      else socket.once(request === https.request ? "secureConnect" : "connect", onConnected);
    });
    asked.on("error", (cause) => {
      clearTimeout(timer);
      reject(signal.aborted ? cause : new ApiSilent(connection, cause, wasSent));
    });
    asked.end(body?.text);
  });
}
