#compdef k3s-lab
# Completion of k3s-lab in zsh, for `k3s-lab` and `npx k3s-lab`.

_k3s_lab() {
  local program=${~words[1]} folder=$PWD mode line
  local -a given lines suggestions
  (( CURRENT > 2 )) && given=("${(@Q)words[2,CURRENT-1]}")
  given+=("${(Q)PREFIX}")
  if [[ ${words[1]:t} == npx ]]; then
    while (( $#given > 1 )) && [[ $given[1] == -* ]]; do shift given; done
    if (( $#given < 2 )) || [[ $given[1] != k3s-lab ]]; then
      [[ -n $_k3s_lab_npx ]] && $_k3s_lab_npx || _default
      return
    fi
    shift given
    while [[ ! -x $folder/node_modules/.bin/k3s-lab ]]; do
      [[ -n $folder ]] || return 1
      folder=${folder%/*}
    done
    program=$folder/node_modules/.bin/k3s-lab
  fi
  lines=("${(@f)$("$program" __complete "${(@)given}" 2>/dev/null)}")
  mode=$lines[1]
  for line in "${(@)lines[2,-1]}"; do
    local value=${line%%$'\t'*} does=${line#*$'\t'}
    [[ -n $value ]] || continue
    value=${value//:/\\:}
    [[ $line == *$'\t'* ]] && suggestions+=("$value:$does") || suggestions+=("$value")
  done
  local found=1
  (( $#suggestions )) && _describe 'k3s-lab' suggestions && found=0
  if [[ $mode == files ]]; then
    compset -P '--*='
    _files && found=0
  fi
  return found
}

if [[ $funcstack[1] == _k3s_lab ]]; then
  _k3s_lab "$@"
else
  (( $+functions[compdef] )) || { autoload -Uz compinit && compinit }
  # Another completion of npx is asked where it is not k3s-lab that npx starts.
  [[ $_comps[npx] == _k3s_lab ]] || typeset -g _k3s_lab_npx=$_comps[npx]
  compdef _k3s_lab k3s-lab npx
fi
