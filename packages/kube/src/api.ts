import type { IncomingMessage } from "node:http";
import { createInterface } from "node:readline";
import { text } from "node:stream/consumers";
import { Problem } from "@k3s-lab/problem";
import { Asker, type Connection, type Question } from "./transport.js";

/** The API has answered, but not with what was asked for. */
export class ApiRefused extends Problem {
  override readonly name = "ApiRefused";
  /** The HTTP status. */
  readonly status: number;
  /** The API's own message. */
  readonly reason: string;

  constructor(server: string, request: string, status: number, reason: string) {
    super("LAB-KUB-001", server, `${request}: HTTP ${status}: ${reason}`);
    this.status = status;
    this.reason = reason;
  }
}

export interface Writing {
  readonly signal: AbortSignal;
  /** Lets the API check and complete the object without storing it. */
  readonly dryRun?: boolean | undefined;
}

/** The manager of the fields that k3s-lab applies, whichever of its packages does it. */
export const fieldManager = "k3s-lab";

export interface Applying extends Writing {
  /** The field manager: the program that owns the fields it sets. */
  readonly manager: string;
}

/** A change of a list, as a watch reports it. */
export interface Change<Item> {
  readonly type: "ADDED" | "MODIFIED" | "DELETED" | "BOOKMARK" | "ERROR";
  readonly object: Item;
}

/**
 * The Kubernetes API by paths, such as "/api/v1/nodes". A kubectl would cost a fifth of a second for what a request does
 * in a fiftieth. Every method rejects with ApiRefused or ApiSilent.
 */
export class Api {
  readonly #connection: Connection;
  readonly #asker: Asker;

  constructor(connection: Connection) {
    this.#connection = connection;
    this.#asker = new Asker(connection);
  }

  async get<Value>(path: string, signal: AbortSignal): Promise<Value> {
    return this.#json({ method: "GET", path, signal });
  }

  /** Like get, but undefined where there is no such object. */
  async find<Value>(path: string, signal: AbortSignal): Promise<Value | undefined> {
    return unlessMissing(this.get<Value>(path, signal));
  }

  /** Returns the items of a list. */
  async list<Item>(path: string, signal: AbortSignal): Promise<readonly Item[]> {
    return (await this.get<{ readonly items: readonly Item[] }>(path, signal)).items;
  }

  /** Creates an object in the list at `path`. Resolves with the object as the API has completed it. */
  async create<Value>(path: string, object: object, { dryRun, signal }: Writing): Promise<Value> {
    return this.#json({ method: "POST", path: query(path, { dryRun }), signal, body: jsonBody("json", object) });
  }

  /** Applies on the server's side, and takes over fields that another manager has set. Resolves with the object. */
  async apply<Value extends object>(
    path: string,
    object: Value,
    { manager, dryRun, signal }: Applying,
  ): Promise<Value> {
    const applied = query(path, { fieldManager: manager, force: true, dryRun });
    return this.#json({ method: "PATCH", path: applied, signal, body: jsonBody("apply-patch+yaml", object) });
  }

  /** Merges fields into an object; null removes one. Resolves with the object. */
  async patch<Value>(path: string, fields: object, { dryRun, signal }: Writing): Promise<Value> {
    const body = jsonBody("merge-patch+json", fields);
    return this.#json({ method: "PATCH", path: query(path, { dryRun }), signal, body });
  }

  /** Deleting what does not exist is no error. */
  async delete(path: string, signal: AbortSignal): Promise<void> {
    await unlessMissing(this.#text({ method: "DELETE", path, signal }));
  }

  /** Yields the changes of a list after a version of it, until the server ends the answer. */
  async *watch<Item>(path: string, version: string, signal: AbortSignal): AsyncGenerator<Change<Item>> {
    const watched = query(path, { watch: 1, allowWatchBookmarks: true, resourceVersion: version });
    const response = await this.#answer({ method: "GET", path: watched, signal });
    try {
      for await (const line of createInterface({ input: response })) yield JSON.parse(line) as Change<Item>;
    } finally {
      response.destroy();
    }
  }

  /** Yields the lines of an answer that is text, as they come: a log, which may be followed for as long as one likes. */
  async *lines(path: string, signal: AbortSignal): AsyncGenerator<string> {
    const response = await this.#answer({ method: "GET", path, signal, mayStaySilent: true });
    try {
      yield* createInterface({ input: response, crlfDelay: Infinity });
    } finally {
      response.destroy();
    }
  }

  /** Whether the server is up and reports so. */
  async isReady(signal: AbortSignal): Promise<boolean> {
    try {
      await this.#text({ method: "GET", path: "/readyz", signal });
      return true;
    } catch (error) {
      if (signal.aborted) throw error;
      return false;
    }
  }

  async #json<Value>(question: Question): Promise<Value> {
    return JSON.parse(await this.#text(question)) as Value;
  }

  async #text(question: Question): Promise<string> {
    return text(await this.#answer(question));
  }

  async #answer(question: Question): Promise<IncomingMessage> {
    const response = await this.#asker.ask(question);
    const status = response.statusCode ?? 0;
    if (status >= 200 && status <= 299) return response;
    const reason = messageIn(await text(response));
    throw new ApiRefused(this.#connection.server, `${question.method} ${question.path}`, status, reason);
  }
}

async function unlessMissing<Value>(answer: Promise<Value>): Promise<Value | undefined> {
  try {
    return await answer;
  } catch (error) {
    if (error instanceof ApiRefused && error.status === 404) return undefined;
    throw error;
  }
}

type Parameters = Readonly<Record<string, string | number | boolean | undefined>>;

function query(path: string, { dryRun, ...others }: Parameters): string {
  const parameters = Object.entries({ ...others, dryRun: dryRun ? "All" : undefined })
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => `${name}=${encodeURIComponent(value ?? "")}`);
  return parameters.length === 0 ? path : `${path}${path.includes("?") ? "&" : "?"}${parameters.join("&")}`;
}

function jsonBody(type: string, object: object): Question["body"] {
  return { type: `application/${type}`, text: JSON.stringify(object) };
}

function messageIn(body: string): string {
  try {
    return String((JSON.parse(body) as { message?: unknown }).message ?? body);
  } catch {
    return body.trim().slice(0, 200);
  }
}
