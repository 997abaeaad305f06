# shellcheck shell=sh
# Ends when the machine's network is set and its service manager can be used. $1: the unit that sets the network; OpenRC has
# it without the suffix. Asking systemd to start what it starts anyway waits for just that, and not for services that take
# longer, such as K3s after a reboot.
until [ -S /run/systemd/private ]; do
	[ ! -e "/run/openrc/started/${1%.service}" ] || exit 0
	sleep 0.02
done
exec systemctl start "$1" dbus.socket
