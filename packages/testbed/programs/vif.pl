#!/usr/bin/perl
# A virtual interface as a VPN makes one: it swallows every IPv4 packet and says what it was, one a line:
#   source destination protocol destination-port
# The device goes with this process. Written in Perl because each Debian has it and Node cannot open a TUN device.
use strict;
use warnings;

my ($name, $most) = @ARGV;
$| = 1;
my ($TUNSETIFF, $IFF_TUN, $IFF_NO_PI) = (0x400454ca, 0x0001, 0x1000);
sysopen(my $tun, '/dev/net/tun', 2) or die "/dev/net/tun: $!\n";
ioctl($tun, $TUNSETIFF, pack('a16 s x22', $name, $IFF_TUN | $IFF_NO_PI)) or die "$name: $!\n";
print "vif $name\n";

my $seen = 0;
while (sysread($tun, my $packet, 65536)) {
    my ($version, $protocol, $source, $destination) = unpack('C x8 C x2 a4 a4', $packet);
    next if $version >> 4 != 4;
    # A loop makes thousands a second: what is beyond the limit is not said.
    next if ++$seen > $most;
    my $length = ($version & 15) * 4;
    my $port = $protocol == 6 || $protocol == 17 ? unpack("x$length x2 n", $packet) : 0;
    print join(' ', join('.', unpack('C4', $source)), join('.', unpack('C4', $destination)), $protocol, $port), "\n";
}
