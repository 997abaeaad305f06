#!/bin/sh
# Makes a folder the root of new namespaces and runs a command there. Started by `unshare` with mount, pid, uts, ipc and
# cgroup namespaces of its own, so that the kernel ends every process and every mount with it.
# enter-root.sh ROOT CGROUPS BIND... -- COMMAND ARGUMENT...: CGROUPS is shell that mounts the cgroup hierarchies; a BIND
# is a path that the new root shares with this one.
set -eu
root=$1
cgroups=$2
shift 2

mount --make-rprivate /
mount --bind "$root" "$root"
hostname fresh

mount -t proc proc "$root/proc"
mount -t sysfs sysfs "$root/sys"

# No devices but those that every Linux has, and what machines and emulated interfaces are made of.
mount -t tmpfs -o mode=755 dev "$root/dev"
for device in null zero full random urandom tty kmsg fuse; do
  [ -e "/dev/$device" ] || continue
  : >"$root/dev/$device"
  mount --bind "/dev/$device" "$root/dev/$device"
done
mkdir "$root/dev/pts" "$root/dev/shm" "$root/dev/net"
: >"$root/dev/net/tun"
mount --bind /dev/net/tun "$root/dev/net/tun"
mount -t devpts -o newinstance,ptmxmode=0666,mode=620,gid=5 devpts "$root/dev/pts"
ln -s pts/ptmx "$root/dev/ptmx"
ln -s /proc/self/fd "$root/dev/fd"
ln -s fd/0 "$root/dev/stdin"
ln -s fd/1 "$root/dev/stdout"
ln -s fd/2 "$root/dev/stderr"
mount -t tmpfs -o mode=1777 shm "$root/dev/shm"
mount -t tmpfs -o mode=755 run "$root/run"
mkdir -m 1777 "$root/run/lock"

while [ "$1" != -- ]; do
  if [ -d "$1" ]; then mkdir -p "$root$1"; else mkdir -p "$root${1%/*}" && : >>"$root$1"; fi
  mount --rbind "$1" "$root$1"
  shift
done
shift

# Not chroot: the old root must not stay below the new one, where programs that read the table of mounts would find it.
cd "$root"
mkdir -p .old
pivot_root . .old
umount -l /.old
rmdir /.old
sh -euc "$cgroups"
cd /root
# The shell stays the first process, since one must collect what killed programs leave behind: npm would not.
status=0
"$@" || status=$?
exit "$status"
