const shown = 2;

/** Why a start failed, out of LXC's log: its first errors are the cause, all others follow from them. */
export function startFailure(log: string): string | undefined {
  const errors = log
    .split("\n")
    // lxc-start 20261124193315.336 ERROR    network - ../src/lxc/network.c:create:711 - Failed to ...
    .map((line) => / ERROR +\S+ - \S+ - (.*)$/.exec(line)?.[1] ?? "")
    // LXC asks its own monitor for a key that some builds lack, and logs that.
    .filter((message) => message !== "" && !message.includes("Unsupported config key"));
  return errors.length === 0 ? undefined : errors.slice(0, shown).join("; ");
}
