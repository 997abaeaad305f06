#!/usr/bin/perl
# The first process of an emulated host: it takes over, and forgets, what others leave behind. At SIGUSR1 it leaves its
# network for a new one, as a reboot does, and runs the script that makes the rest of a boot; that ends in this program.
use strict;
use warnings;

my ($name, $boot) = @ARGV;
$0 = $name;
$SIG{CHLD} = 'IGNORE';
$SIG{USR1} = sub {
    # A shell that finds SIGCHLD ignored cannot wait for what it starts.
    $SIG{CHLD} = 'DEFAULT';
    exec 'unshare', '--net', 'sh', $boot or die "unshare: $!\n";
};
sleep 3600 while 1;
