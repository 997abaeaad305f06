import { get } from "./ask.js";
import { dockerEndpoint, socketOf } from "./endpoint.js";

/** Milliseconds; a daemon on this host answers in one. */
const patience = 2000;

/** Tells whether a daemon on this host answers this user, without the `docker` command. */
export async function dockerAnswers(endpoint: string = dockerEndpoint()): Promise<boolean> {
  if (socketOf(endpoint) === undefined) return false;
  return get(endpoint, "/_ping", patience).then(
    ({ status }) => status === 200,
    () => false,
  );
}
