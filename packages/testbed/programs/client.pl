#!/usr/bin/perl
# One client, one connection or datagram; says what became of it within two seconds:
#   client.pl tcp ADDRESS PORT       what is said to it, "closed", "refused", "unreachable", or "nothing"
#   client.pl udp ADDRESS PORT       "sent"
#   client.pl name ADDRESS NAME      asks a nameserver: "answered", or "nothing"
# And a server: client.pl serve PORT   says "served" to whoever connects.
use strict;
use warnings;
use Socket;

my ($what, $address, $to) = @ARGV;
$| = 1;
$SIG{ALRM} = sub { print "nothing\n"; exit };

if ($what eq 'serve') {
    socket(my $server, PF_INET, SOCK_STREAM, 0) or die "socket: $!\n";
    setsockopt($server, SOL_SOCKET, SO_REUSEADDR, 1);
    bind($server, pack_sockaddr_in($address, INADDR_ANY)) && listen($server, 100) or die "$address: $!\n";
    print "serves\n";
    while (accept(my $client, $server)) { syswrite($client, "served\n"); close $client }
}
# A packet on a veth is answered before the sender waits: what is unreachable is told only when it is sent again, after 1 s.
alarm 2;
if ($what eq 'tcp') {
    socket(my $socket, PF_INET, SOCK_STREAM, 0) or die "socket: $!\n";
    connect($socket, pack_sockaddr_in($to, inet_aton($address))) or told();
    # Accepted is not served: only data tells.
    my $read = sysread($socket, my $said, 100);
    defined $read or told();
    print $read ? $said : "closed\n";
}
else {
    socket(my $socket, PF_INET, SOCK_DGRAM, 0) or die "socket: $!\n";
    connect($socket, pack_sockaddr_in($what eq 'udp' ? $to : 53, inet_aton($address))) or told();
    # One question with an identity of its own, recursion desired; type A, class IN.
    my $question = pack('n6', $$ & 0xffff, 0x0100, 1, 0, 0, 0) . join('', map { pack('C/a', $_) } split /\./, $to) . pack('x n n', 1, 1);
    send($socket, $what eq 'udp' ? 'x' : $question, 0);
    if ($what eq 'udp') { print "sent\n"; exit }
    defined recv($socket, my $answer, 512, 0) or told();
    print "answered\n";
}

sub told {
    print $!{ECONNREFUSED} ? "refused\n" : $!{ECONNRESET} ? "closed\n" : $!{EHOSTUNREACH} || $!{ENETUNREACH} ? "unreachable\n" : "$!\n";
    exit;
}
