#!/usr/bin/perl
# Runs a command with its output in a file until a line comes on standard input. Then it kills the command and all that it
# has started, in whatever group or session that is: everything is stopped before anything is killed, so that nothing tidies
# up after another's death, as when a machine's memory runs out. What has lost its parent is found because this program takes
# its place (PR_SET_CHILD_SUBREAPER). Machines are left alone: they outlive the command that starts them.
# Prints a line for each process that it has killed. They stay dead and unreaped until standard input ends, as in a container
# whose first process reaps nobody.
use strict;
use warnings;
use POSIX ();

my ($output, @command) = @ARGV;
my %prctl = (x86_64 => 157, aarch64 => 167);
syscall($prctl{(POSIX::uname())[4]}, 36, 1, 0, 0, 0) == 0 or die "prctl: $!\n";

# It is there as soon as this program says that it has started.
open my $log, '>', $output or die "$output: $!\n";
my $pid = fork // die "fork: $!\n";
if ($pid == 0) {
    setpgrp;
    open STDIN, '<', '/dev/null' or die "/dev/null: $!\n";
    open STDOUT, '>&', $log or die "$output: $!\n";
    open STDERR, '>&', $log or die "$output: $!\n";
    exec { $command[0] } @command or die "$command[0]: $!\n";
}
$| = 1;
print "started\n";
<STDIN>;

my %tree;
while (my @found = grep { !exists $tree{$_} } descendants()) {
    $tree{$_} = words($_) for @found;
    kill STOP => @found;
}
kill KILL => keys %tree;
until_dead($_) for keys %tree;
# What had ended before has no words.
print map { "killed $_\n" } grep { $_ ne '' } values %tree;
print "dead\n";
1 while <STDIN>;

# All that descends from this program, without machines.
sub descendants {
    my %children;
    for my $process (map { m{(\d+)$} } glob '/proc/[0-9]*') {
        my ($parent) = stat_of($process) or next;
        push @{ $children{$parent} }, $process;
    }
    my @level = @{ $children{$$} // [] };
    my @all;
    while (@level) {
        @level = grep { words($_) !~ /^\[lxc monitor\]/ } @level;
        push @all, @level;
        @level = map { @{ $children{$_} // [] } } @level;
    }
    return @all;
}

# A process' parent and state; nothing where it is gone. Its name, in brackets, may hold anything.
sub stat_of {
    my ($stat) = read_file("/proc/$_[0]/stat") =~ /.*\) (.*)/s or return;
    my ($state, $parent) = split / /, $stat;
    return ($parent, $state);
}

sub words { return read_file("/proc/$_[0]/cmdline") =~ s/\0/ /gr =~ s/ $//r }

sub until_dead {
    while (1) {
        my (undef, $state) = stat_of($_[0]) or return;
        return if $state =~ /[ZX]/;
        select undef, undef, undef, 0.005;
    }
}

sub read_file {
    open my $file, '<', $_[0] or return '';
    local $/;
    return <$file> // '';
}
