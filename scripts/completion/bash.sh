# shellcheck shell=bash
# Completion of k3s-lab in bash, for `k3s-lab` and `npx k3s-lab`. Works with bash 3.2, and without bash-completion.

# Prints the k3s-lab that npx would start here.
__k3s_lab_by_npx() {
  local folder=$PWD
  while [[ ! -x $folder/node_modules/.bin/k3s-lab ]]; do
    [[ $folder ]] || return 1
    folder=${folder%/*}
  done
  echo "$folder/node_modules/.bin/k3s-lab"
}

_k3s_lab() {
  local line=${COMP_LINE:0:COMP_POINT} words=() program first=0
  read -ra words <<<"$line"
  # What was typed ends in a space: a new word begins.
  [[ $line == *[[:space:]] ]] && words+=("")
  if [[ ${words[0]##*/} == npx ]]; then
    for ((first = 1; first < ${#words[@]} - 1; first++)); do [[ ${words[first]} != -* ]] && break; done
    [[ ${words[first]} == k3s-lab ]] && ((first < ${#words[@]} - 1)) || return 0
    program=$(__k3s_lab_by_npx) || return 0
  else
    program=${words[0]/#\~/$HOME}
  fi

  # The shell replaces only what stands behind its last ":" or "=".
  local current=${words[${#words[@]} - 1]} piece=${COMP_WORDS[COMP_CWORD]} before mode value
  [[ $piece == [:=]* ]] && piece=
  before=${current%"$piece"}
  COMPREPLY=()
  {
    read -r mode
    while IFS=$'\t' read -r value _; do COMPREPLY+=("${value#"$before"}"); done
  } < <("$program" __complete "${words[@]:first + 1}" 2>/dev/null)
  if [[ $mode == files ]]; then
    while read -r value; do
      if [[ -d $value ]]; then
        value=$value/
        compopt -o nospace 2>/dev/null
      fi
      COMPREPLY+=("${value#"$before"}")
    done < <(compgen -f -- "${current#--*=}")
  fi
}

complete -F _k3s_lab k3s-lab
# Another completion of npx is left alone.
complete -p npx >/dev/null 2>&1 || complete -o default -F _k3s_lab npx
