import { refuse } from "./http-error.js";
import type { Http } from "./http.js";
import { parseSums } from "./sums.js";

/** A release's own sums. Small, and the first thing that is asked for: it shows that the release can be reached. */
export async function fetchSums(http: Http, url: string, signal?: AbortSignal): Promise<ReadonlyMap<string, string>> {
  const response = await http.get(url, {}, signal);
  refuse(response, url);
  return parseSums(await response.text());
}
