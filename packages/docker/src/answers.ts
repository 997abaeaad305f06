import { get } from "./ask.js";
import { dockerEndpoint, socketOf } from "./endpoint.js";

/** Milliseconds; a daemon on this host answers in one. */
const patience = 2000;

/** Tells whether a daemon on this host answers this user, without the `docker` command. */
export async function dockerAnswers(named?: string): Promise<boolean> {
  try {
    const endpoint = named ?? dockerEndpoint();
    return socketOf(endpoint) !== undefined && (await get(endpoint, "/_ping", patience)).status === 200;
  } catch {
    return false;
  }
}
