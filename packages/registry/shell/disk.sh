# shellcheck shell=sh
# Prints how many kilobytes a folder takes, and how many are free on its disk. $1: the folder, which may not exist yet.
used=$(du -sk "$1" 2>/dev/null)
echo "used ${used%%[!0-9]*}"
df -Pk "${1%/*}" | while read -r _ _ _ free _; do echo "free $free"; done
