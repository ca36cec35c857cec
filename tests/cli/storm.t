#!/bin/sh
# Sixteen workers add and change tasks and are killed at any moment, while two readers
# look on: what was acknowledged is there in the end, and no reader ever saw anything
# but a whole file.  LONG=1 does 4,000 rounds, else 320.
# shellcheck source=tests/lib/sh.sh
. "$(dirname "$0")/../lib/sh.sh"
# shellcheck source=tests/data/cli/lib.sh
. "$ROOT/tests/data/cli/lib.sh"
# shellcheck source=tests/data/cli/mutate.sh
. "$ROOT/tests/data/cli/mutate.sh"
export ORCH_TEST_NOSYNC=1
rounds=${LONG:+250} rounds=${rounds:-20}

cp -a "$T/later" storm && cd storm || exit 1
# Each worker draws its numbers from a seed of its own.  A change is acknowledged if the
# command printed what it should and ended with 0: whoever was killed said neither.
perl -e '
my ($t, $workers, $rounds) = @ARGV;
sub worker { my ($w) = @_;
	srand 1000 + $w;
	my ($own, $said, $killed) = (0);
	open my $acked, ">", "$t/acked.$w" or die;
	for my $round (1 .. $rounds) {
		my $add = !$own || rand() < 0.5;
		my $what = $add ? "w${w}r$round" : "l${w}r$round";
		my $usec = rand() < 0.6 ? rand() * rand() * 60000 : 0;
		my $pid = fork // die;
		if (!$pid) {
			open STDOUT, ">", "$t/worker.$w"; open STDERR, ">", "$t/worker.$w.err";
			exec $add ? ("orch-add", $what) : ("orch-set", $own, "labels+=$what");
			exit 126;
		}
		if ($usec) { select undef, undef, undef, $usec / 1e6; kill "KILL", $pid; }
		waitpid $pid, 0;
		my $was = $?;
		open my $in, "<", "$t/worker.$w"; my $line = <$in> // ""; chomp $line;
		if ($was == 0) {
			print $acked $add ? "add $line $what\n" : "set $own $what\n";
			$own = $line if $add;
		} elsif (($was & 127) == 9) {
			print $acked "killed\n";
		} else {
			open my $err, "<", "$t/worker.$w.err";
			print $acked "failed $was ", <$err> // "", "\n";
		}
	}
	exit 0;
}
sub reader { my ($copy) = @_;
	my ($n, $bad) = (0, 0);
	open my $log, ">", "$t/reader.$copy" or die;
	until (-e "$t/over") {
		$n++;
		my $from = "";
		if ($copy) {	# what cat would see, in a folder of its own
			open my $in, "<", "tasks.yml" or do { print $log "cannot open: $!\n"; next };
			local $/; my $text = <$in>; mkdir "$t/copy";
			open my $to, ">", "$t/copy/copy.yml"; print $to $text; close $to;
			$from = "-f $t/copy/copy.yml";
		}
		my $said = `orch-list $from 2>&1 >/dev/null`;
		print $log "$said\n" if $? || $said ne "";
	}
	print $log "read $n\n";
	exit 0;
}
my @readers = map { my $copy = $_; my $p = fork // die; reader($copy) unless $p; $p } (0, 1);
my @workers = map { my $w = $_; my $p = fork // die; worker($w) unless $p; $p } (1 .. $workers);
waitpid $_, 0 for @workers;
open my $over, ">", "$t/over";
waitpid $_, 0 for @readers;
' "$T" 16 "$rounds"

cat "$T"/acked.* >"$T/acked"
count() { grep -c "^$1" "$T/acked"; }
is "$(wc -l <"$T/acked")" $((16 * rounds)) "$((16 * rounds)) rounds: $(count add) added, $(count set) set, $(count killed) killed"
[ "$(count add)" -gt 8 ] && [ "$(count set)" -gt 8 ] && [ "$(count killed)" -gt 8 ]
result $? 'there were enough of each'
is "$(grep '^failed' "$T/acked")" '' 'none failed but by being killed'
for i in 0 1; do
	is "$(grep -v '^read ' "$T/reader.$i")" '' "a reader saw a whole file $(sed -n 's/^read //p' "$T/reader.$i") times"
	[ "$(sed -n 's/^read //p' "$T/reader.$i")" -gt 2 ]
	result $? 'more than twice, however slow the machine'
done
orch-add 'What follows' >/dev/null
result $? 'the next command works'
orch-list --json | jq -r '"add \(.id) \(.title)", (.id as $id | .labels[]? | "set \($id) \(.)")' | sort >"$T/there"
grep -E '^(add|set)' "$T/acked" | sort >"$T/wanted"
is "$(comm -23 "$T/wanted" "$T/there")" '' "what was acknowledged is there: $(wc -l <"$T/wanted") changes"
is "$(orch-list -o id | sort | uniq -d)" '' 'no id twice'
lost=$(comm -23 "$T/wanted" "$T/there" | wc -l)
note "figures: $((16 * rounds)) rounds, $(count killed) killed, $(wc -l <"$T/wanted") acknowledged, $lost lost"
why=
follows
is "$why" '' 'nothing lies about, and the events agree'
done_testing
