import { request } from "node:http";
import { dockerEndpoint, socketOf } from "./endpoint.js";

/** Milliseconds; a daemon on this host answers in one. */
const patience = 2000;

/** Tells whether a daemon on this host answers this user, without the `docker` command. */
export async function dockerAnswers(endpoint: string = dockerEndpoint()): Promise<boolean> {
  const socketPath = socketOf(endpoint);
  if (socketPath === undefined) return false;
  return new Promise((resolve) => {
    const asking = request({ socketPath, path: "/_ping", timeout: patience, agent: false }, (answer) => {
      answer.resume();
      resolve(answer.statusCode === 200);
    });
    asking.on("error", () => resolve(false));
    asking.on("timeout", () => asking.destroy(new Error("no answer")));
    asking.end();
  });
}
