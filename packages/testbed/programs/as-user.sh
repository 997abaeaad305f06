#!/bin/sh
# Runs a Node program of the repository as another user, who may be unable to enter the folders that the repository and
# Node are in: root's home is closed to others. That user finds both in a folder of this process alone, with the modes
# and owners that they have. Started by `unshare --mount`.
# as-user.sh FOLDER UID REPOSITORY NODE ARGUMENT...
set -eu
folder=$1 uid=$2 repository=$3 node=$4
shift 4

mkdir -p "$folder"
mount -t tmpfs -o mode=755 tmpfs "$folder"
mkdir "$folder/repository"
: >"$folder/node"
mount --bind "$repository" "$folder/repository"
mount --bind "$node" "$folder/node"
cd "$folder/repository"
exec setpriv --reuid "$uid" --regid "$uid" --clear-groups "$folder/node" "$@"
