import { Problem } from "@k3s-lab/problem";
import type { Response } from "undici";

/** The server answers, but does not have the file. */
export class NotFound extends Problem {
  override readonly name = "NotFound";

  constructor(url: string, answer: string) {
    super("LAB-SRC-001", url, `does not exist (${answer})`, {
      remedy: "Check cluster.version and cluster.baseUrl in lab.yaml; versions look like v1.34.4+k3s1.",
    });
  }
}

/** Throws a Problem for an answer that trying again does not change, and an Error for one that may pass. */
export function refuse(response: Response, url: string): void {
  if (response.ok) return;
  const answer = `HTTP ${response.status} ${response.statusText}`.trim();
  response.body?.cancel().catch(() => {});
  if (response.status === 404 || response.status === 410) throw new NotFound(url, answer);
  if (response.status >= 500 || response.status === 429 || response.status === 408) throw new Error(answer);
  throw new Problem("LAB-SRC-002", url, `was refused (${answer})`, {
    remedy: "Check cluster.baseUrl and the proxy settings.",
  });
}
