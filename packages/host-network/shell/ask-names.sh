# shellcheck shell=sh
# Asks nameservers for names, all at the same time, and prints of each "SERVER NAME ANSWER": the header of the answer, 12
# bytes in hexadecimal; "known" or "unknown" where only nslookup exists; "silent" where none came. It ends by
# itself: the program that started it may have been killed. Debian's bash opens sockets, busybox brings nslookup.
# $1: seconds to wait, each of two times. Then for each question: the server, the name, the question as printf has it.
seconds=$1
shift
# Prints nothing where no program can ask: that is not an answer.
command -v timeout >/dev/null || exit 0
command -v bash >/dev/null || command -v nslookup >/dev/null || exit 0
ask() {
	if command -v bash >/dev/null; then
		# In one write, which makes one datagram: a shell may write line by line.
		# shellcheck disable=SC2016 # The inner shell expands them.
		timeout "$seconds" bash -c 'exec 3<>"/dev/udp/$1/53"
			printf "$2" | dd ibs=1 obs=512 >&3
			dd bs=512 count=1 <&3 | od -An -v -tx1 -N12' bash "$1" "$3" 2>/dev/null | tr -d ' \n'
	elif command -v nslookup >/dev/null; then
		# The lines about the server itself come first.
		case $(timeout "$seconds" nslookup "$2" "$1" 2>/dev/null) in
		*Name:*Address*) echo known ;;
		*"can't find"*) echo unknown ;;
		esac
	fi
}
while [ $# -ge 3 ]; do
	(
		answer=$(ask "$1" "$2" "$3")
		[ -n "$answer" ] || answer=$(ask "$1" "$2" "$3")
		echo "$1 $2 ${answer:-silent}"
	) &
	shift 3
done
wait
