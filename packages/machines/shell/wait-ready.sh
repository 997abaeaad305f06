# shellcheck shell=sh
# Ends when the machine's units that are named can be used. Asking systemd to start what it starts anyway waits for just
# that, and not for services that take longer, such as K3s after a reboot.
until [ -S /run/systemd/private ]; do sleep 0.02; done
exec systemctl start "$@"
