import { type Driver, NotRunning } from "@k3s-lab/machines";
import { type Attempt, connectBy, inPod, type Run } from "./connect.js";
import type { Source } from "./run-canary.js";

/** Makes each node of a lab, and a pod's network on it, a source of attempts. */
export function labSources(driver: Pick<Driver, "exec">, nodes: readonly string[]): readonly Source[] {
  return nodes.flatMap((name): readonly Source[] => {
    const onNode: Run = (command, args, options) => driver.exec(name, [command, ...args], options);
    return [
      { name, kind: "node", connect: absentWhereStopped(connectBy(onNode)) },
      { name, kind: "pod", connect: absentWhereStopped(connectBy(inPod(onNode))) },
    ];
  });
}

function absentWhereStopped(connect: Source["connect"]): Source["connect"] {
  return async (...asked): Promise<Attempt> => {
    try {
      return await connect(...asked);
    } catch (error) {
      if (error instanceof NotRunning) return { outcome: "absent", why: `it is ${error.state}` };
      throw error;
    }
  };
}
