import type { IncomingMessage } from "node:http";
import { Agent, request } from "node:https";
import { createInterface } from "node:readline";
import { Problem } from "@k3s-lab/problem";
import type { Credentials } from "./kubeconfig.js";

/** Milliseconds. A machine of the LAN that is there is reached at once; a server that is starting takes its time. */
const patience = { connect: 5_000, answer: 15_000 };

/** The API has answered, but not with what was asked for. */
export class ApiRefused extends Problem {
  override readonly name: string = "ApiRefused";
  readonly status: number;
  /** The API's own words. */
  readonly reason: string;

  constructor(path: string, status: number, reason: string) {
    super("LAB-KUB-001", "Kubernetes API", `${path}: HTTP ${status}: ${reason}`);
    this.status = status;
    this.reason = reason;
  }
}

/**
 * The cluster's API, asked directly: a kubectl costs a fifth of a second, a request a fiftieth. It lies inside the lab,
 * so it is never asked through a proxy.
 */
export class Api {
  readonly #server: string;
  readonly #agent: Agent;

  constructor(server: string, credentials: Credentials) {
    const decode = (base64: string) => Buffer.from(base64, "base64");
    this.#server = server;
    this.#agent = new Agent({
      keepAlive: true,
      ca: decode(credentials.ca),
      cert: decode(credentials.certificate),
      key: decode(credentials.key),
    });
  }

  async get<Value>(path: string, signal: AbortSignal): Promise<Value> {
    return JSON.parse(await bodyOf(path, await this.#ask("GET", path, signal))) as Value;
  }

  /** Undefined where there is no such object. */
  async find<Value>(path: string, signal: AbortSignal): Promise<Value | undefined> {
    try {
      return await this.get<Value>(path, signal);
    } catch (error) {
      if (error instanceof ApiRefused && error.status === 404) return undefined;
      throw error;
    }
  }

  /** Server-side apply. Whoever else has set a field of the object: it is set so. Resolves with what is there then. */
  async apply<Value>(path: string, object: Value, manager: string, signal: AbortSignal): Promise<Value> {
    const query = `${path}?fieldManager=${manager}&force=true`;
    const body = { type: "application/apply-patch+yaml", text: JSON.stringify(object) };
    return JSON.parse(await bodyOf(path, await this.#ask("PATCH", query, signal, body))) as Value;
  }

  /** Whether the server is up and says so. */
  async isReady(signal: AbortSignal): Promise<boolean> {
    try {
      await bodyOf("/readyz", await this.#ask("GET", "/readyz", signal));
      return true;
    } catch (error) {
      if (signal.aborted) throw error;
      return false;
    }
  }

  /** What is not there need not be deleted. */
  async delete(path: string, signal: AbortSignal): Promise<void> {
    try {
      await bodyOf(path, await this.#ask("DELETE", path, signal));
    } catch (error) {
      if (!(error instanceof ApiRefused) || error.status !== 404) throw error;
    }
  }

  /** The changes of a list from a version on, until the server ends the answer. */
  async *watch<Item>(path: string, version: string, signal: AbortSignal): AsyncGenerator<Change<Item>> {
    const separator = path.includes("?") ? "&" : "?";
    const query = `${path}${separator}watch=1&allowWatchBookmarks=true&resourceVersion=${version}`;
    const response = await this.#ask("GET", query, signal);
    if (response.statusCode !== 200) await bodyOf(query, response);
    try {
      for await (const line of createInterface({ input: response })) yield JSON.parse(line) as Change<Item>;
    } finally {
      response.destroy();
    }
  }

  #ask(method: string, path: string, signal: AbortSignal, body?: Body): Promise<IncomingMessage> {
    return new Promise((resolve, reject) => {
      const headers = { accept: "application/json", ...(body && { "content-type": body.type }) };
      const options = { method, headers, agent: this.#agent, signal };
      const asked = request(`${this.#server}${path}`, options, (response) => {
        clearTimeout(late);
        resolve(response);
      });
      const endIn = (ms: number) => setTimeout(() => asked.destroy(new Error(`no answer within ${ms / 1000} s`)), ms);
      let late = endIn(patience.connect);
      const connected = () => {
        clearTimeout(late);
        late = endIn(patience.answer);
      };
      asked.on("socket", (socket) => (socket.connecting ? socket.once("secureConnect", connected) : connected()));
      asked.on("error", (cause) => {
        clearTimeout(late);
        reject(
          signal.aborted
            ? cause
            : new Problem("LAB-KUB-002", this.#server, `cannot be asked: ${cause.message}`, { cause }),
        );
      });
      asked.end(body?.text);
    });
  }
}

interface Body {
  readonly type: string;
  readonly text: string;
}

export interface Change<Item> {
  readonly type: "ADDED" | "MODIFIED" | "DELETED" | "BOOKMARK" | "ERROR";
  readonly object: Item;
}

async function bodyOf(path: string, response: IncomingMessage): Promise<string> {
  let body = "";
  for await (const chunk of response.setEncoding("utf8")) body += String(chunk);
  const status = response.statusCode ?? 0;
  if (status < 200 || status > 299) throw new ApiRefused(path, status, messageIn(body));
  return body;
}

function messageIn(body: string): string {
  try {
    return String((JSON.parse(body) as { message?: unknown }).message ?? body);
  } catch {
    return body.trim().slice(0, 200);
  }
}
