import { ApiException } from "@kubernetes/client-node";
import { Problem } from "@k3s-lab/problem";
import type { Target } from "./kubeconfig.js";

/** The API has answered, but not with what was asked for. */
export class Refused extends Problem {
  override readonly name: string = "Refused";
  readonly status: number;
  /** The API's own words. */
  readonly reason: string;

  constructor(server: string, what: string, status: number, reason: string, remedy?: string) {
    super("LAB-GRD-011", server, `${what}: HTTP ${status}: ${reason}`, remedy === undefined ? {} : { remedy });
    this.status = status;
    this.reason = reason;
  }
}

/** What became of a request that failed, for a person. `what`: "list nodes". */
export function refusalOf(error: unknown, what: string, { server, file, context }: Target): Problem {
  if (error instanceof Problem) return error;
  if (error instanceof ApiException) {
    const { code } = error;
    return new Refused(server, `cannot ${what}`, code, reasonOf(error), remedies(file, context)[code]);
  }
  const said = error instanceof Error ? error.message : String(error);
  // The library's words for a request that we have given up.
  const why = /aborted/.test(said) ? "no answer" : said.trim().replace(/^request to \S+ failed, reason: /, "");
  return new Problem("LAB-GRD-012", server, `cannot be asked: ${why}`, { cause: error });
}

function remedies(file: string, context: string): Readonly<Record<number, string>> {
  return {
    401: `Sign in anew: the credentials of context ${context} in ${file} are refused.`,
    403: `Use a context whose user may do that; ${context} in ${file} may not.`,
  };
}

/** The API's own words; for some codes the library keeps no body. */
function reasonOf({ body, message }: ApiException<unknown>): string {
  if (body === undefined) return /^Message: (.*)$/m.exec(message)?.[1] ?? message;
  const text = typeof body === "string" ? body : JSON.stringify(body);
  try {
    return String((JSON.parse(text) as { message?: unknown }).message ?? text);
  } catch {
    return text.trim().slice(0, 200);
  }
}
