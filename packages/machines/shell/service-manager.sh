# shellcheck shell=sh
# Prints the directories, of those named, that exist: that of the service manager that runs.
for dir; do [ ! -d "$dir" ] || echo "$dir"; done
