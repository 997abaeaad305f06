# shellcheck shell=sh
# Prints the file systems that hold these directories, with their sizes in KiB. $@: the directories; some may be missing.
df -kP "$@" 2>/dev/null
true
