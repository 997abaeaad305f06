# shellcheck shell=bash
# Runs a command with pipes in the place of terminals. lxc-attach makes a terminal in the machine as soon as one of its
# streams is one, and then hands on neither the end of the input nor bytes as they are. The reader of a terminal would wait
# for a line that the caller's shell is to get: it is ended with the command; the writers end by themselves.
trap : INT
reader='' writers=()
copy() {
	trap '' INT
	exec cat
}
[ ! -t 0 ] || {
	exec < <(exec cat)
	reader=$!
}
[ ! -t 1 ] || {
	exec > >(copy)
	writers+=("$!")
}
[ ! -t 2 ] || {
	exec 2> >(copy >&2)
	writers+=("$!")
}
"$@"
code=$?
exec >&- 2>&-
[ -z "$reader" ] || kill "$reader"
[ "${#writers[@]}" = 0 ] || wait "${writers[@]}"
exit "$code"
