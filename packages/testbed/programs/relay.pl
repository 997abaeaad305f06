#!/usr/bin/perl
# Takes in what is sent to a TUN device and dials the same destination from another network, as a VIF and its manager in
# the cluster do, and as the user-mode NAT of a virtual machine does. TCP connections are accepted before they are dialled.
#   relay.pl DEVICE NETWORK MOST [ADDRESS=ADDRESS...]
# NETWORK: a file such as /proc/4711/ns/net. MOST: what comes for a destination more often than that is not dialled.
# ADDRESS=ADDRESS: what comes for the first is dialled at the second. One line for each connection or datagram that came:
#   tcp|udp DESTINATION PORT SOURCE
#
# The process goes through three networks. Its sockets and devices stay where they were made: the device in the first;
# in one of its own a second device and, behind it, the kernel's TCP, which accepts for whatever address; in the last it
# dials. The devices go with this process. Written in Perl because Node opens no TUN device and no transparent socket.
use strict;
use warnings;
use Errno qw(EINPROGRESS EWOULDBLOCK EINTR);
use Fcntl qw(F_SETFL O_NONBLOCK);
use IO::Poll qw(POLLIN POLLOUT POLLERR POLLHUP);
use Socket;
use Time::HiRes qw(time);

my ($port, $dialled_for, $flows_kept, $chunk) = (9, 3, 500, 65_536);
$| = 1;
# What is opened here outlives exec.
$^F = 255;

my ($tun, $inner, $listener, $most, %dialled_instead, %seen);
my (%on_ready, %flow, @flows, %dialling);
my $poll = IO::Poll->new;

my ($what, @rest) = @ARGV;
if ($what eq 'accept') { accept_in_own_network(@rest) }
elsif ($what eq 'dial') { dial(@rest) }
else {
    my ($network, @more) = @rest;
    my $tun = device($what);
    open(my $dials, '<', $network) or die "$network: $!\n";
    exec 'unshare', '--net', $^X, $0, 'accept', fileno $tun, fileno $dials, $what, @more or die "unshare: $!\n";
}

sub device {
    my ($name) = @_;
    my ($TUNSETIFF, $IFF_TUN, $IFF_NO_PI) = (0x400454ca, 0x0001, 0x1000);
    sysopen(my $tun, '/dev/net/tun', 2) or die "/dev/net/tun: $!\n";
    ioctl($tun, $TUNSETIFF, pack('a16 s x22', $name, $IFF_TUN | $IFF_NO_PI)) or die "$name: $!\n";
    return $tun;
}

sub accept_in_own_network {
    my ($tun, $dials, @more) = @_;
    my $inner = device('in0');
    system('sh', '-c', <<END) == 0 or die "relay: its own network could not be made\n";
set -e
ip -batch - <<IP
link set lo up
link set in0 addrgenmode none up
route add default dev in0
route add local default dev lo table 1
rule add fwmark 1 lookup 1
IP
nft -f - <<NFT
table ip relay {
  chain prerouting {
    type filter hook prerouting priority mangle; policy accept;
    iif "in0" meta l4proto tcp meta mark set 1 tproxy to :$port accept
  }
}
NFT
END
    my ($SOL_IP, $IP_TRANSPARENT) = (0, 19);
    socket(my $listener, PF_INET, SOCK_STREAM, 0) or die "socket: $!\n";
    setsockopt($listener, $SOL_IP, $IP_TRANSPARENT, 1) or die "IP_TRANSPARENT: $!\n";
    bind($listener, pack_sockaddr_in($port, INADDR_ANY)) && listen($listener, 1024) or die "listen: $!\n";
    exec 'nsenter', "--net=/proc/self/fd/$dials", $^X, $0, 'dial', $tun, fileno $inner, fileno $listener, @more
        or die "nsenter: $!\n";
}

sub dial {
    my @fds = splice @_, 0, 3;
    (my $name, $most, my @instead) = @_;
    ($tun, $inner, $listener) = map { open(my $handle, '+<&=', $_) or die "descriptor $_: $!\n"; $handle } @fds;
    fcntl($_, F_SETFL, O_NONBLOCK) for $tun, $inner, $listener;
    %dialled_instead = map { split /=/ } @instead;
    watch($tun, POLLIN, \&from_device);
    watch($inner, POLLIN, sub { while (sysread($inner, my $packet, $chunk)) { syswrite($tun, $packet) } });
    watch($listener, POLLIN, sub { while (accept(my $client, $listener)) { connection($client) } });
    print "relay $name\n";
    while (1) {
        $poll->poll(0.2);
        for my $handle ($poll->handles) {
            my $events = $poll->events($handle) or next;
            # One that came before may have closed this one.
            $on_ready{$handle}->($events) if $on_ready{$handle};
        }
        for my $late (grep { $_->{since} < time - $dialled_for } values %dialling) { give_up($late) }
    }
}

sub watch {
    my ($handle, $mask, $then) = @_;
    $on_ready{$handle} = $then if $then;
    $poll->mask($handle => $mask);
}

sub forget {
    my ($handle) = @_;
    $poll->remove($handle);
    delete $on_ready{$handle};
    close $handle;
}

# Whether what came may be dialled.
sub came {
    my ($protocol, $address, $port, $source) = @_;
    print "$protocol $address $port $source\n";
    return ++$seen{"$protocol $address $port"} <= $most;
}

sub from_device {
    while (sysread($tun, my $packet, $chunk)) {
        my ($version, $protocol) = unpack('C x8 C', $packet);
        next if $version >> 4 != 4;
        if ($protocol == 6) { syswrite($inner, $packet) }
        elsif ($protocol == 17) { datagram($packet, ($version & 15) * 4) }
    }
}

sub dialled_address { return inet_aton($dialled_instead{ $_[0] } // $_[0]) }

# Each flow has a socket of its own, so that answers find back.
sub datagram {
    my ($packet, $at) = @_;
    my ($source, $destination) = unpack('x12 a4 a4', $packet);
    my ($from, $to) = unpack("x$at n n", $packet);
    my $address = inet_ntoa($destination);
    return unless came('udp', $address, $to, inet_ntoa($source));
    my $socket = $flow{"$source $from $destination $to"} //= do {
        socket(my $new, PF_INET, SOCK_DGRAM | 2048, 0) or die "socket: $!\n";
        connect($new, pack_sockaddr_in($to, dialled_address($address)));
        my $key = "$source $from $destination $to";
        watch($new, POLLIN, sub {
            while (defined recv($new, my $data, $chunk, 0)) { answer($destination, $to, $source, $from, $data) }
        });
        push @flows, $key;
        while (@flows > $flows_kept) { forget(delete $flow{ shift @flows }) }
        $new;
    };
    send($socket, substr($packet, $at + 8), 0);
}

sub answer {
    my ($source, $from, $destination, $to, $data) = @_;
    my $udp = pack('n n n n', $from, $to, 8 + length $data, 0) . $data;
    my $header = pack('C C n n n C C n a4 a4', 0x45, 0, 20 + length $udp, 0, 0x4000, 64, 17, 0, $source, $destination);
    my $sum = unpack('%32n*', $header);
    $sum = ($sum & 0xffff) + ($sum >> 16) while $sum >> 16;
    substr($header, 10, 2) = pack('n', ~$sum & 0xffff);
    syswrite($tun, $header . $udp);
}

sub connection {
    my ($client) = @_;
    my ($port, $address) = unpack_sockaddr_in(getsockname $client);
    my $peer = getpeername $client or return;
    $address = inet_ntoa($address);
    return reset_client($client) unless came('tcp', $address, $port, inet_ntoa((unpack_sockaddr_in $peer)[1]));
    fcntl($client, F_SETFL, O_NONBLOCK);
    socket(my $far, PF_INET, SOCK_STREAM | 2048, 0) or die "socket: $!\n";
    my $each = { client => $client, far => $far, since => time };
    $dialling{$far} = $each;
    connect($far, pack_sockaddr_in($port, dialled_address($address))) or $!{EINPROGRESS} or return give_up($each);
    watch($far, POLLOUT, sub {
        my $error = unpack('i', getsockopt($far, SOL_SOCKET, SO_ERROR));
        return give_up($each) if $error;
        delete $dialling{$far};
        $each->{open} = 2;
        pass($each, $client, $far);
        pass($each, $far, $client);
    });
}

# Hands on what comes from one end to the other, as fast as the other takes it.
sub pass {
    my ($each, $from, $to) = @_;
    watch($from, POLLIN, sub {
        my $read = sysread($from, my $data, $chunk);
        return if !defined $read && ($!{EWOULDBLOCK} || $!{EINTR});
        return give_up($each) unless defined $read;
        if ($read == 0) {
            $poll->remove($from);
            shutdown($to, 1);
            give_up($each, 1) if --$each->{open} == 0;
            return;
        }
        # A test says a line or two, which a socket's buffer always takes.
        my $written = syswrite($to, $data);
        give_up($each) unless defined $written && $written == $read;
    });
}

sub give_up {
    my ($each, $in_peace) = @_;
    delete $dialling{ $each->{far} };
    return if $each->{over}++;
    forget($each->{far});
    $in_peace ? forget($each->{client}) : reset_client($each->{client});
}

sub reset_client {
    my ($client) = @_;
    setsockopt($client, SOL_SOCKET, SO_LINGER, pack('ii', 1, 0));
    forget($client);
}
