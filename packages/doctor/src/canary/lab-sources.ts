import { type Driver, NotRunning } from "@k3s-lab/machines";
import { type Attempt, connectBy, type Run } from "./connect.js";
import type { Source } from "./run-canary.js";

/** A lab's nodes, and a pod on each, as sources of attempts; needs no image, and no program in the pod. */
export function labSources(driver: Pick<Driver, "exec">, nodes: readonly string[]): readonly Source[] {
  return nodes.flatMap((name): readonly Source[] => {
    const onNode: Run = (command, args, options) => driver.exec(name, [command, ...args], options);
    return [
      { name, kind: "node", connect: absentWhereStopped(connectBy(onNode)) },
      { name, kind: "pod", connect: absentWhereStopped(connectBy(inPod(onNode))) },
    ];
  });
}

/** Starts programs in the network of a pod of the machine where `run` starts them, with the machine's files. */
function inPod(run: Run): Run {
  return (command, args, options) => run("sh", ["-c", enterPod, "sh", command, ...args], options);
}

/** A network that an ended pod has left has no default route: what connects from there gets nowhere, and is no proof. */
const enterPod = `command -v nsenter >/dev/null || { echo 'attempt failed: it has no nsenter'; exit; }
for network in $(ls -dt /run/netns/cni-* 2>/dev/null); do
  nsenter --net="$network" grep -q '^[^[:blank:]]*[[:blank:]]00000000[[:blank:]]' /proc/net/route 2>/dev/null &&
  exec nsenter --net="$network" "$@"
done
echo 'attempt absent: it has no pod with a network of its own'
`;

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
