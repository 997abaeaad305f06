# shellcheck shell=sh
# Prints of each file that exists "SHA256  PATH" and "MODE PATH". Arguments: the paths.
[ $# = 0 ] || {
	sha256sum -- "$@"
	stat -c '%a %n' -- "$@"
} 2>/dev/null
true
