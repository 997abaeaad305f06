import { canaryAddress, canaryLink, canaryTable, times } from "./names.js";
import { renderCanary } from "./ruleset.js";

const table = `${canaryTable.family} ${canaryTable.table}`;

/** Exit code of a holder that has waited for another's canary in vain. */
export const busy = 75;

/** Seconds after which no attempt is under way any more, whoever was killed. */
const settled = Math.ceil(times.connect * 2);

/**
 * Shell that holds a canary on the host as long as its input is open; says `taken` when the host is its own, `ready`
 * when the canary stands, and at the line `end` tells the counters, if there still are any. How it goes, by who has died:
 * - nobody: every attempt has ended, so the link can go.
 * - who started it: the input ends; it waits until no attempt can be under way any more, and removes all.
 * - this shell, too: the kernel does it. The route is that of an address with a lifetime, the target an element with a
 *   timeout: what is left is a link and a table that do nothing, until the next canary or `lab:down` removes them.
 * The canary leaves no attempt without an answer, and each ends by itself within a second: so no retransmit comes once
 * the route has gone, which a VIF would then get.
 *
 * The link is a TUN device that nobody has opened: nothing can come out of it.
 */
export function holderScript(target: string, vifs: readonly string[]): string {
  return `export LC_ALL=C
trap '' HUP INT TERM PIPE
remove() { ${removeAll}; }
put() { nft -f - <<'END'
${renderCanary(target, vifs)}END
}
tries=0
until said=$(put 2>&1); do
  case $said in *'File exists'*) ;; *) echo "$said" >&2; exit 1 ;; esac
  [ $tries -lt ${times.patience * 10} ] || exit ${busy}
  tries=$((tries + 1))
  if ${isAtWork}; then sleep 0.1; else ${removeLeftTable}; fi
done
trap remove EXIT
echo taken
ip link delete ${canaryLink} 2>/dev/null
set -e
${putLink(target)}
set +e
echo ready
read -r end || { sleep ${settled}; exit 1; }
nft -j list table ${table} 2>/dev/null || echo {}
`;
}

/** The link goes first, and with it the address and the route: as long as there is a way into it, it refuses. */
const removeAll = `ip link delete ${canaryLink} 2>/dev/null; nft delete table ${table} 2>/dev/null`;

const isAtWork = `nft list set ${table} target 2>/dev/null | grep -q elements`;

/** By its handle: another's may have come in its place meanwhile. */
const removeLeftTable = `nft delete table ${canaryTable.family} handle \\
    "$(nft -a list table ${table} 2>/dev/null | sed -n '1s/.*# handle //p')" 2>/dev/null`;

/** Shell that succeeds where a killed canary has left something, and its time is up. */
export const isLeftScript = `if nft list table ${table} >/dev/null 2>&1; then ! { ${isAtWork}; }
else ip link show ${canaryLink} >/dev/null 2>&1
fi`;

/** Shell for where isLeftScript has succeeded; should another canary have come meanwhile, it is not touched. */
export const removeLeftScript = `nft list table ${table} >/dev/null 2>&1 && { ${removeLeftTable} || exit 0; }
ip link delete ${canaryLink} 2>/dev/null
true`;

/** Shell that removes a canary whose holder has been killed, once no attempt can be under way any more. */
export const removeKilledScript = `sleep ${settled}; ${removeAll}; true`;

/** Where the kernel is told to pass over links without carrier, it must not do so here. */
function putLink(target: string): string {
  const life = `valid_lft ${times.life} preferred_lft ${times.life}`;
  return `ip tuntap add mode tun name ${canaryLink}
ip link set ${canaryLink} addrgenmode none 2>/dev/null || true
echo 0 >/proc/sys/net/ipv4/conf/${canaryLink}/ignore_routes_with_linkdown
ip link set ${canaryLink} up
ip -4 address add ${canaryAddress} peer ${target}/32 dev ${canaryLink} ${life}`;
}
