# notify.pl - a service manager's socket: each datagram is a line, its newlines as '|'
#
#	perl notify.pl SOCKET >FIFO	SOCKET is a path, or @NAME in the abstract space
use strict;
use warnings;
use Socket;

my ($name) = @ARGV;
(my $address = $name) =~ s/^@/\0/;
socket my $s, AF_UNIX, SOCK_DGRAM, 0 or die "socket: $!";
bind $s, pack_sockaddr_un($address) or die "bind: $!";
$| = 1;
print "bound\n";
while (defined recv $s, my $text, 65536, 0) {
	$text =~ tr/\n/|/;
	print "$text\n";
}
