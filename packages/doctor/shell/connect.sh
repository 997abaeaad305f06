# shellcheck shell=sh
# Makes one attempt to connect by TCP, and prints "attempt OUTCOME" or "attempt OUTCOME: REASON". It ends by itself: the
# program that started it may have been killed. Debian's bash opens sockets, busybox brings nc; a shell has no other way.
# $1: the address. $2: the port. $3: seconds until the attempt is given up.
export LC_ALL=C
if command -v bash >/dev/null; then
	# shellcheck disable=SC2016 # The inner shell expands them.
	answer=$(timeout "$3" bash -c 'exec 3<>"/dev/tcp/$1/$2"' bash "$1" "$2" 2>&1 </dev/null)
elif command -v nc >/dev/null; then
	# busybox takes whole seconds only.
	answer=$(nc -w "$((${3%.*} + 1))" "$1" "$2" 2>&1 </dev/null)
else
	echo 'attempt failed: it has neither bash nor nc'
	exit
fi
case $?:$answer in
0:*) echo attempt open ;;
*refused*) echo attempt refused ;;
*nreachable* | *'No route to host'*) echo attempt unreachable ;;
124:* | 143:* | *'timed out'*) echo attempt timed out ;;
*) echo "attempt failed: $answer" ;;
esac
