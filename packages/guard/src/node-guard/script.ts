import { chains, lastMetric, type NodeGuardOptions, nodeGuardPaths, nodeGuardTable } from "./names.js";

/**
 * The program of the guard on a node: plain sh, since a node may have little else. It runs from wherever it lies, with
 * the rules beside it.
 *
 * The route: flannel routes each node's pods by a route that is narrower, or wins by its metric; what only this one
 * fits has no node. It leads to lo, where the rules see and count it, and where the kernel discards it if they are
 * gone. An unreachable route would do that uncounted, and systemd-networkd deletes those that it did not make.
 */
export function nodeGuardScript({ podCidr }: NodeGuardOptions): string {
  const table = `${nodeGuardTable.family} ${nodeGuardTable.table}`;
  return `#!/bin/sh
# Written by k3s-lab; the next lab:up writes it again. Rejects on this node what kube-proxy did not translate.
#   load    puts the guard in place; where it stands already, nothing is replaced and the counters go on
#   watch   puts it back as soon as somebody has taken it away: a firewall service that flushes all rules, say
#   remove  takes it away
set -eu
PATH=$PATH:/usr/local/sbin:/usr/sbin:/sbin
here=\${0%/*}
loaded=${nodeGuardPaths.loaded}
pid=${nodeGuardPaths.pid}
route='${podCidr} dev lo metric ${lastMetric}'
jump='-j ${chains.entry}'

main() {
  mkdir -p "\${loaded%/*}"
  [ "\${1-}" != watch ] || echo $$ >$pid
  if nft list tables >/dev/null 2>&1; then tool=nftables
  elif iptables -w -S >/dev/null 2>&1; then tool=iptables
  else echo 'node guard: this node has neither nft nor iptables' >&2; exit 1
  fi
  case \${1-} in
    load) load ;;
    watch) watch ;;
    remove) remove ;;
    *) echo "usage: $0 load|watch|remove" >&2; exit 2 ;;
  esac
}

load() {
  ip -4 route show exact ${podCidr} dev lo | grep -q . || ip -4 route replace $route
  # What stands is compared with what stood after the last load: each version of a tool lists rules in its own way.
  if [ "$(standing)" != "$(cat $loaded 2>/dev/null)" ]; then
    "load_$tool"
    standing >$loaded.new
    mv $loaded.new $loaded
  fi
  [ $tool = nftables ] || first_everywhere
}

standing() {
  if [ $tool = nftables ]; then
    cat "$here/node-guard.nft"
    nft -s list table ${table} 2>/dev/null || true
  else
    cat "$here/node-guard.filter" "$here/node-guard.security"
    for table in filter security; do
      iptables -w -t $table -S 2>/dev/null | grep -e '^-A ${chains.entry}' || true
    done
  fi
}

# One transaction: no packet passes between the old and the new. Adding first lets the deletion succeed always.
load_nftables() {
  { echo 'add table ${table}'; echo 'delete table ${table}'; cat "$here/node-guard.nft"; } | nft -f -
}

load_iptables() {
  iptables-restore -w --noflush <"$here/node-guard.filter"
  iptables-restore -w --noflush <"$here/node-guard.security" 2>/dev/null ||
    echo 'node guard: no security table; an accepting rule before the guard wins until the guard is first again' >&2
}

first_everywhere() {
  for chain in FORWARD OUTPUT; do
    first filter $chain
    ! iptables -w -t security -S ${chains.entry} >/dev/null 2>&1 || first security $chain
  done
}

first() {
  rules=$(iptables -w -t "$1" -S "$2" | grep -e "^-A " || true)
  case "$rules
" in "-A $2 $jump
"*) return ;; esac
  { echo "*$1"; echo "$rules" | sed -n "s/^-A \\($2 $jump\\)\\$/-D \\1/p"; echo "-I $2 $jump"; echo COMMIT; } |
    iptables-restore -w --noflush
}

watch() {
  # A shell hears a signal while it waits, not while a pipeline runs in its foreground.
  trap 'trap - TERM INT; kill 0' TERM INT
  events | while read -r event; do
    case $event in
      tick | *${nodeGuardTable.table}* | 'Deleted ${podCidr} dev lo'* | *FORWARD* | *OUTPUT* | *${chains.entry}*)
        "$0" load || true ;;
      ended) exit ;;
    esac
  done &
  wait $! || true
  # Without its monitor it would be half blind: whoever supervises it starts it again.
  trap - TERM INT
  kill 0
}

# Each change to what the guard rests on is a line. A tick now and then for what was missed; where the rules of
# iptables are not kept by nf_tables, nothing tells of their changes, and there are only ticks.
events() {
  ip -4 monitor route 2>/dev/null &
  pause=30
  if [ $tool = nftables ]; then { nft monitor destroy tables; echo ended; } &
  elif iptables -V | grep -q nf_tables && command -v xtables-monitor stdbuf >/dev/null; then
    { stdbuf -oL xtables-monitor --event; echo ended; } &
  else pause=2
  fi
  sleep 1
  while echo tick; do sleep $pause; done
}

remove() {
  ip -4 route del $route 2>/dev/null || true
  nft delete table ${table} 2>/dev/null || true
  for table in filter security; do
    iptables -w -t $table -S ${chains.entry} >/dev/null 2>&1 || continue
    for chain in FORWARD OUTPUT; do
      while iptables -w -t $table -D $chain $jump 2>/dev/null; do :; done
    done
    for verb in -F -X; do
      for chain in ${Object.values(chains).join(" ")}; do iptables -w -t $table $verb $chain; done
    done
  done
  rm -f $loaded $pid
}

main "$@"
`;
}
