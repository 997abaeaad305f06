import { existsSync } from "node:fs";
import { asCaller, caller } from "@k3s-lab/host";
import { Problem } from "@k3s-lab/problem";
import { containerdStores } from "./containerd.js";
import { dockerStore } from "./docker.js";
import { dockerEndpoint } from "./docker-endpoint.js";
import { podmanStores } from "./podman.js";
import type { ImageStore, Transport } from "./store.js";

export type { ImageStore, Transport } from "./store.js";

/**
 * Returns the image stores of this host, of one kind or of every kind. Docker is among them where it is asked for, something
 * names it, or its socket exists.
 */
export function imageStores(transport: Transport | undefined, env: NodeJS.ProcessEnv): readonly ImageStore[] {
  const isAskedFor = transport !== undefined;
  const openers = {
    "docker-daemon": () => dockers(isAskedFor, env),
    "containers-storage": () => podmanStores(caller(env), env),
    containerd: () => containerdStores(env, asCaller(caller(env))),
  };
  return isAskedFor ? openers[transport]() : Object.values(openers).flatMap((open) => open());
}

function dockers(isAskedFor: boolean, env: NodeJS.ProcessEnv): readonly ImageStore[] {
  try {
    const endpoint = dockerEndpoint(env);
    const isThere = endpoint.namedBy !== undefined || existsSync(endpoint.host.replace("unix://", ""));
    return isAskedFor || isThere ? [dockerStore(endpoint)] : [];
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    return [unreachableDocker(error)];
  }
}

/** A Docker that something names, but not so that it can be asked: the image may be in another store. */
function unreachableDocker(problem: Problem): ImageStore {
  const refuse = () => Promise.reject(problem);
  return { title: "Docker", transport: "docker-daemon", find: refuse, save: refuse };
}
