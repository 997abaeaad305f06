# shellcheck shell=sh
# Prints `sharing` where the service $1 holds the servers' shared address, or is about to: while a machine boots, it waits for its turn.
# $2: shell that prints its state under OpenRC; $3: the file that makes it start at boot there.
if [ -d /run/systemd/system ]; then
	case $(systemctl show "$1" -p ActiveState -p Job 2>/dev/null) in
	*=active* | *=activating* | *Job=[1-9]*) echo sharing ;;
	esac
elif [ -d /run/openrc/rc.starting ] && [ -e "$3" ]; then
	echo sharing
else
	case $(eval "$2") in *=active*) echo sharing ;; esac
fi
