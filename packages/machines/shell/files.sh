# shellcheck shell=sh
# Prints of each file that exists "SHA256  PATH" and "MODE TIME PATH", when it was
# changed in seconds since 1970. Arguments: the paths.
[ $# = 0 ] || {
	sha256sum -- "$@"
	stat -c '%a %Y %n' -- "$@"
} 2>/dev/null
true
