# shellcheck shell=sh
# Stands before host.sh and node.sh.
export LC_ALL=C

# Runs a command if it is installed, under a line that shows it.
show() {
  printf '$ %s\n' "$*"
  if command -v "$1" >/dev/null 2>&1; then "$@" 2>&1 </dev/null || echo "(ended with $?)"; else echo "(not installed)"; fi
  echo
}
