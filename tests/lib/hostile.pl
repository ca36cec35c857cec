#!/usr/bin/perl
# hostile.pl - runs the tables of tests/data/hostile, which are inputs that nobody wishes
# for and what each of them must come to.  Called by tests/cli/hostile.t and
# tests/prove/hostile_big.t, in the environment of tests/lib/sh.sh:
#
#	perl hostile.pl CLASS:LEAST ..	the tables tests/data/hostile/CLASS*.txt, in which
#					there are at least LEAST inputs
#
# A table has cases:
#
#	=== NAME
#	| TEXT		a line of the input		> TEXT	the same without its newline
#	KEY: VALUE	what is done and expected; the class says which keys there are
#	ok TEXT		a case in itself: accepted
#	no TEXT		refused
#
# In TEXT and in some values \n \r \t \e \a \b \\ \xHH and \u{HEX} are what they are in
# Perl, and repeat(N,TEXT) is TEXT N times, in which \i is the number of the turn, from 1,
# \j the next one, and \s that many blanks.  KEEP=1 keeps the folders; SHOW=1 prints what was seen.
use strict;
use warnings;
use Encode ();
use JSON::PP ();

$| = 1;
my ($T, $root) = @ENV{qw(T ROOT)};
my $room = $ENV{HOSTILE_ROOM};	# KiB, where this program itself needs more
my $limit = 10;
my ($run, $failed) = (0, 0);

sub result {
	my ($good, $name, @notes) = @_;
	$run++;
	$failed = 1 unless $good;
	print $good ? '' : 'not ', "ok $run - $name\n";
	print map { my $l = substr $_, 0, 600; $l =~ s/[^ -~]/?/g; "# $l\n" } map { split /\n/ } @notes
	    if !$good || $ENV{SHOW};
}

my %escape = (n => "\n", r => "\r", t => "\t", e => "\e", a => "\a", b => "\b", 0 => "\0", '\\' => '\\');

sub unescape {
	my ($s) = @_;

	$s =~ s{\\(?:x([0-9a-f]{2})|u\{([0-9a-f]+)\}|([()])|(.))}{
		defined $1 ? chr hex $1 : defined $2 ? utf8_of(hex $2) : defined $3 ? $3 :
		    $escape{$4} // die "unknown escape \\$4\n"
	}ge;
	return $s;
}

sub bytes {
	my ($s) = @_;
	my $b = '';

	while ($s =~ m{\G(.*?)(?:repeat\((\d+),((?:[^()\\]|\\.)*)\)|\z)}gs) {
		my ($before, $n, $t) = ($1, $2, $3);
		$b .= unescape($before);
		last if !defined $n;
		if ($t !~ /\\[ijs]/) { $b .= unescape($t) x $n; next }
		for my $i (1 .. $n) {
			my $turn = $t;
			$turn =~ s/\\i/$i/g;
			$turn =~ s/\\j/$i + 1/ge;
			$turn =~ s/\\s/' ' x $i/ge;
			$b .= unescape($turn);
		}
	}
	return $b;
}

# Noncharacters and surrogates too, as a lax program would write them.
sub utf8_of {
	my ($c) = @_;
	return chr $c if $c < 0x80;
	return pack 'C*', 0xc0 | $c >> 6, 0x80 | $c & 63 if $c < 0x800;
	return pack 'C*', 0xe0 | $c >> 12, 0x80 | $c >> 6 & 63, 0x80 | $c & 63 if $c < 0x10000;
	return pack 'C*', 0xf0 | $c >> 18, 0x80 | $c >> 12 & 63, 0x80 | $c >> 6 & 63, 0x80 | $c & 63;
}

sub table {
	my ($file) = @_;
	my (@cases, $c);

	open my $in, '<', $file or die "$file: $!\n";
	while (<$in>) {
		chomp;
		if (/^=== (.+)/) { push @cases, $c = { name => $1, in => '', line => $. } }
		elsif (/^#|^$/) { }
		elsif (/^(ok|no) (.+)/) { push @cases, { name => substr($2, 0, 60), in => $2, want => $1, line => $. }; $c = undef }
		elsif (!$c) { die "$file:$.: before the first case\n" }
		elsif (/^\| ?(.*)/) { $c->{in} .= "$1\\n" }
		elsif (/^> (.*)/) { $c->{in} .= $1 }
		elsif (/^([a-z]+): (.*)/) { $c->{$1} = defined $c->{$1} ? "$c->{$1}\n$2" : $2 }
		else { die "$file:$.: neither input nor expectation\n" }
	}
	return @cases;
}

sub put {
	my ($file, $bytes) = @_;
	open my $out, '>', $file or die "$file: $!\n";
	print $out $bytes;
	close $out or die "$file: $!\n";
}

sub get {
	my ($file) = @_;
	open my $in, '<', $file or return undef;
	local $/;
	return scalar(<$in>) // '';
}

# Runs a command (a string for sh, or a list) in a group of its own: its status, or 'hang',
# or 'signal N'; output and errors.
sub call {
	my (@command) = @_;
	my ($status, $pid);

	defined($pid = fork) or die "fork: $!\n";
	if (!$pid) {
		setpgrp;
		open STDIN, '<', '/dev/null';
		open STDOUT, '>', "$T/out";
		open STDERR, '>', "$T/err";
		@command = $command[0] =~ m{^[a-z0-9 @=-]+$}i ? split / /, $command[0] : ('/bin/sh', '-c', @command) if @command == 1;
		@command = ('/bin/sh', '-c', "ulimit -v $room && exec \"\$@\"", 'sh', @command) if $room;
		exec { $command[0] } @command;
		exit 127;
	}
	eval {
		local $SIG{ALRM} = sub { die "hang\n" };
		alarm $limit;
		waitpid $pid, 0;
		$status = $? & 127 ? 'signal ' . ($? & 127) : $? >> 8;
		alarm 0;
		1;
	} or do {
		kill 'KILL', -$pid;
		waitpid $pid, 0;
		$status = 'hang';
	};
	return ($status, get("$T/out"), get("$T/err"));
}

# A refusal: its status, no output, one line that fits and that harms no terminal.
sub refused {
	my ($want, $pattern, $status, $out, $err) = @_;
	return "ended with $status, not $want" if $status ne $want;
	return 'there is output' if $out ne '';
	return 'not one line of error' if ($err =~ tr/\n//) != 1;
	return 'a control character in the message' if $err =~ /[\x00-\x09\x0b-\x1f\x7f]|\xc2[\x80-\x9f]/;
	return "not like /$pattern/" if $err !~ /$pattern/;
	return '';
}

sub short { my $s = join ' / ', map { $_ // '-' } @_; return substr $s, 0, 500 }

# Is each line of the first also in the second, in order?
sub kept {
	my ($old, $new) = @_;
	my @new = split /[\r\n]+/, $new;
	for my $line (split /[\r\n]+/, $old) {
		next if $line =~ /^\s*$/;
		while (@new && $new[0] ne $line) { shift @new }
		return $line if !@new;
		shift @new;
	}
	return undef;
}

# yaml: the input is the task file of a folder in which nothing was ever done.
#	want: STATUS LINE:COL REGEX	refused: by readers and writers alike
#	want: 0 REGEX			read; the output of orch-list -o id,status,title; then
#					a task is added, all lines of before are there still
#	add: STATUS REGEX		read, but a change is refused
#	mend: REGEX			lines that a change may rewrite
#	fsck: REGEX			what orch-fsck finds in it
my @writers = ('orch-set all priority=low', 'orch-route', 'orch-run next', 'orch-context 1',
    'orch-list --explain', 'orch-status', 'orch-list @done', 'orch-set 1 title=x');

sub yaml {
	my ($c, $n) = @_;
	my ($want, $pattern) = split / /, $c->{want}, 2;
	my ($wrong, $said) = ('', '');

	$pattern //= '';
	put('tasks.yml', $c->{in});
	if ($want ne '0') {
		if ($pattern =~ s/^(\d+:\d+) ?//) { $pattern = "^orch-[a-z]+: (?:warning: )?tasks\\.yml:$1: .*$pattern" }
		for my $command ('orch-list', 'orch-add T', $writers[$n % @writers]) {
			my @got = call($command);
			my $why = refused($want, $pattern, @got);
			$why ||= 'the file changed' if get('tasks.yml') ne $c->{in};
			$wrong .= "$command: $why\n" if $why;
			$said .= short("$command:", @got) . "\n";
		}
		return ($wrong eq '', $wrong, $said);
	}
	my @got = call('orch-list -o id,status,title');
	my $seen = $got[1] =~ tr/\n\t/| /r;
	$said = short($got[0], $seen, $got[2]);
	if ($c->{fsck}) {
		my @found = call('orch-fsck');
		$said .= "\n" . short(@found);
		$wrong .= "orch-fsck does not find it\n" if $found[0] ne 1 || $found[1] !~ /$c->{fsck}/;
	}
	$wrong .= "not read\n" if $got[0] ne 0 || $got[2] ne '';
	$wrong .= "not like /^$pattern\$/\n" if $seen !~ /^$pattern$/;
	my @add = call('orch-add -q Added');
	$said .= "\n" . short(@add);
	if ($c->{add}) {
		my $why = refused((split / /, $c->{add}, 2), @add);
		$why ||= 'the file changed' if get('tasks.yml') ne $c->{in};
		$wrong .= "add: $why\n" if $why;
		return ($wrong eq '', $wrong, $said);
	}
	my $new = get('tasks.yml');
	my $old = $c->{in};
	$old =~ s/^.*(?:$c->{mend}).*$//mg if $c->{mend};
	my $lost = kept($old, $new);
	$wrong .= "orch-add failed\n" if $add[0] ne 0;
	$wrong .= 'lost: ' . $lost . "\n" if defined $lost;
	my @after = call('orch-list -o id,status,title');
	my $lines = ($got[1] =~ tr/\n//) + 1;
	$wrong .= "afterwards there are not $lines tasks\n" if ($after[1] =~ tr/\n//) != $lines;
	# A task without an id is given one by the change.
	my $before = $got[1];
	$wrong .= "another task is not what it was\n" if index($after[1], $before) != 0;
	return ($wrong eq '', $wrong, $said);
}

# json: the input is what an agent prints in an attempt, exit: STATUS or kill how it ends,
# err: TEXT what it writes to standard error.  All run in one project.
#	want: STATUS CLASS REGEX	the task, and its summary, question or last error;
#					CLASS is - where there was no error
my %by_run = map { $_ => 1 } qw(status reason attempts retry_at last_error error_class tried_agents
    history updated_at summary accomplished remaining blockers files_changed needs_help question
    usage agent route_reason branch worktree session);

sub all_json {
	my (@cases) = @_;
	my ($dir, $i) = ("$T/w/json", 0);

	mkdir "$T/answers" and mkdir $dir and chdir $dir or die "$dir: $!\n";
	my $tasks = '';
	for my $c (@cases) {
		$i++;
		put("$T/answers/$i.out", bytes($c->{in}));
		put("$T/answers/$i.err", bytes($c->{err} // ''));
		put("$T/answers/$i.exit", $c->{exit} // '0');
		$tasks .= "{\"title\":\"Case $i\",\"priority\":\"low\",\"max_attempts\":3}\n";
	}
	put("$T/tasks.json", $tasks);
	put('orch.yml', "isolation: none\naccept: unchecked\nproduces: text\ngrace: 1s\n");
	put("$T/agent", <<"END");
n=\${ORCH_ATTEMPT%/*}
cat "$T/answers/\$n.err" >&2
cat "$T/answers/\$n.out"
read -r status <"$T/answers/\$n.exit" || :
[ "\$status" != kill ] || kill -9 \$\$
exit "\$status"
END
	my @made = call("git init -q . && git add orch.yml && git commit -qm One && orch-init -q && orch-add -q --json $T/tasks.json");
	die "no project: $made[2]\n" if $made[0] ne 0;
	my %before = records();
	$limit = 60;
	my @ran = call("exec orch-run -j 4 all -- sh $T/agent");
	$limit = 10;
	result($ran[0] =~ /^\d+$/ && $ran[0] < 125, 'json: all attempts come to an end', short(@ran));
	my %after = records();
	$i = 0;
	for my $c (@cases) {
		my ($was, $is, $wrong) = ($before{++$i}, $after{$i}, '');
		my ($status, $class, $pattern) = split / /, $c->{want}, 3;
		my $said = join ' ', grep { defined } @$is{qw(last_error reason question summary)};
		$wrong .= "not $status\n" if $is->{status} ne $status;
		$wrong .= "class is not $class\n" if ($is->{error_class} // '-') ne $class;
		$wrong .= "it does not say /$pattern/\n" if $said !~ /$pattern/;
		for my $key (sort keys %{{ %$was, %$is }}) {
			next if $by_run{$key} || ($key eq 'children' && $status eq 'blocked');
			$wrong .= "$key is another\n"
			    if json_text($was->{$key}) ne json_text($is->{$key});
		}
		$wrong .= "an agent of its choice\n" if ($is->{agent} // '') ne 'cmd';
		result($wrong eq '', "json: $c->{name}", $wrong, join ' ', map { $_ // '-' } @$is{qw(status error_class)}, substr $said, 0, 200);
	}
	# What was delegated: children, which have no say in who does them.
	my @children = map { $after{$_} } map { @{ $_->{children} // [] } } @after{ 1 .. @cases };
	my @chosen = grep { defined $_->{agent} || $_->{status} ne 'new' } @children;
	result(@children > 0 && keys %after == @cases + @children && !@chosen, 'json: no other task is there but children');
	my @list = call('orch-list --explain');
	result($list[1] !~ /[\x00-\x08\x0b-\x1f\x7f]/, 'json: nothing of it reaches a terminal');
	result(!-e 'pwned' && !glob("$T/w/json/.orch/runs/*/*/out/pwned"), 'json: nothing of it was run');
	my @check = call('orch-list -q all && git status --porcelain -uno');
	result($check[0] eq 0 && $check[2] eq '', 'json: the task file is whole', short(@check));
}

sub records {
	my %by_id;
	my @got = call('orch-list --json all');
	for my $line (split /\n/, $got[1]) {
		my $task = JSON::PP->new->decode(Encode::decode('utf8', $line));
		$by_id{$task->{id}} = $task;
	}
	return %by_id;
}

sub json_text { return JSON::PP->new->canonical->allow_nonref->encode($_[0]) }

# What must not reach a terminal as it is.
my $unseen = qr/[\x00-\x1f\x7f-\x9f\x{ad}\x{200b}-\x{200f}\x{2028}-\x{202e}\x{2060}-\x{2069}\x{feff}\x{e0000}-\x{e0fff}]/;

# title: the input is a title.  All are in one project.
sub all_title {
	my (@cases) = @_;
	my ($dir, @stored) = "$T/w/title";

	mkdir $dir and chdir $dir or die "$dir: $!\n";
	put('tasks.yml', "tasks: []\n");
	for my $c (@cases) {
		my $title = bytes($c->{in});
		my @got = call('orch-add', '--', $title);
		my $why = $c->{want} eq 'no' ? refused(2, 'title', @got) :
		    $got[0] ne 0 || $got[2] ne '' ? 'it is refused' : '';
		push @stored, $title if $c->{want} eq 'ok';
		result($why eq '', "title: $c->{name}", $why, short(@got));
	}
	my %is = records();
	my @titles = map { Encode::encode('utf8', $is{$_}{title}) } sort { $a <=> $b } keys %is;
	my @differ = grep { $titles[$_] ne $stored[$_] } 0 .. $#stored;
	result(@titles == @stored && !@differ, 'title: all come back byte for byte as JSON', map { $stored[$_] } @differ);
	my $yaml = get('tasks.yml');
	result($yaml !~ /[\x00-\x08\x0b-\x1f\x7f]|\xc2[\x80-\x9f]|\xe2\x80[\xa8\xa9]/, 'title: none is raw in the file');
	# Colours are ours.
	local $ENV{NO_COLOR} = 1;
	# A terminal of its own, whose lines end in CR LF.
	for my $command ('orch-list -o title', 'orch-list', 'orch-list --tree', 'orch-list --explain', 'orch-status',
	    map { "orch-show $_" } 1 .. 9) {
		my @got = call('script', '-qec', $command, '/dev/null');
		my @lines = map { Encode::decode('utf8', $_) } split /\r?\n/, $got[1];
		my @bad = grep { s/\t//gr =~ $unseen } @lines;
		result($got[0] eq 0 && @lines && !@bad, "title: a terminal is not moved by $command", @bad);
		next if $command ne 'orch-list -o title';
		@bad = grep { $stored[$_] =~ /^[ -\[\]-~]*$/ && $lines[$_] ne $stored[$_] } 0 .. $#stored;
		result(@lines == @stored && !@bad, 'title: what can be seen is printed as it is', @lines[@bad]);
	}
	$yaml =~ s/^ *updated_at.*\n//mg;
	call('orch-set 1 priority=high');
	call('orch-set 1 priority=');
	result(get('tasks.yml') =~ s/^ *updated_at.*\n//mgr eq $yaml, 'title: a change beside them leaves every byte');
	my @ran = glob("$T/w/title/pwned* $T/home/pwned*");
	result(!@ran, 'title: none was run', @ran);
}

# key: the input is a word where an id belongs.
sub all_key {
	my (@cases) = @_;
	my $dir = "$T/w/key";

	mkdir $dir and chdir $dir or die "$dir: $!\n";
	put('tasks.yml', "tasks:\n- {id: 1, title: a, agent: sh, status: routed, command: touch pwned}\n");
	my $before = get('tasks.yml');
	for my $c (@cases) {
		my ($word, $wrong) = (bytes($c->{in}), '');
		for my $command ([qw(orch-list -o id)], [qw(orch-set priority=low)], ['orch-route'], ['orch-run'],
		    ['orch-context'], [qw(orch-show)], [qw(orch-add x -d)], [qw(orch-add x --parent)]) {
			# A good selector, where one is meant.
			next if $word eq '1..' && $command->[-1] =~ /list|priority|route|run/;
			my $why = refused(2, '.', call(@$command, $word));
			$wrong .= "@$command: $why\n" if $why;
		}
		$wrong .= "a task changed\n" if get('tasks.yml') ne $before || -e 'pwned';
		result($wrong eq '', "key: $c->{name}", $wrong);
	}
}

# env: what is done in the surroundings of a case, compared with the same in ours.
#	env: VAR=TEXT, unset: VAR, many: N	variables; N of them
#	do: LINE		for sh, in the project, before
#	want: STATUS REGEX	every command is refused so
sub work {
	my ($c) = @_;
	my ($dir, $bin, @seen) = ("$T/w/env", $ENV{ORCH_BIN});

	chdir "$T/w";
	call("rm -rf env trees && cp -R env.new env");
	chdir $dir or die "$dir: $!\n";
	if ($c->{do}) {
		my @done = call($c->{do});
		die "$c->{name}: $done[2]\n" if $done[0] ne 0;
	}
	local %ENV = %ENV;
	delete $ENV{$_} for split /\n/, $c->{unset} // '';
	$ENV{$_->[0]} = bytes($_->[1]) for map { [split /=/, $_, 2] } split /\n/, $c->{env} // '';
	$ENV{"JUNK$_"} = 'x' x 20 for 1 .. $c->{many} // 0;
	for my $command (['orch-add', '-a', 'sh', '--command', 'echo work >result', '--verify', 'read -r x <result', 'A task'],
	    ['orch-add', '--body', "I\xc4\xb0\xc4\xb1 1.5", 'Another'], ['orch-set', '2', 'priority=high', 'budget=1.5', 'timeout=90m'],
	    ['orch-run', '1'], ['orch-list', '--json'], ['orch', 'list', '-o', 'id,budget'],
	    ['orch-context', '2'], ['orch-status', '--json'], ['orch-list', 'nonsense=1']) {
		my ($program, @args) = @$command;
		my ($status, $out, $err) = call("$bin/$program", @args);
		$out =~ s/"seconds":[0-9.]+//g;
		push @seen, ["$program @args", $status, $out, $err];
	}
	push @seen, ['', '', get('tasks.yml') =~ s/seconds: [0-9.]+//gr, ''];
	return @seen;
}

sub all_env {
	my (@cases) = @_;

	chdir "$T/w";
	my @made = call("mkdir env.new && cd env.new && git init -q --template= . && printf 'worktrees: $T/w/trees\n' >orch.yml && git add orch.yml && git commit -qm One && orch-init -q");
	die "no project: $made[2]\n" if $made[0] ne 0;
	my @ours = work({ name => 'ours' });
	result(!grep({ $_->[1] !~ /^[02]?$/ } @ours) && $ours[3][1] eq 0 && $ours[-2][1] eq 2, 'env: in ours all goes well', map { short(@$_) } @ours);
	for my $c (@cases) {
		my @theirs = work($c);
		my $wrong = '';
		for my $i (0 .. $#ours) {
			if (!$c->{want}) {
				$wrong .= short(@{$theirs[$i]}) . "\n instead of " . short(@{$ours[$i]}) . "\n"
				    if join("\1", @{$ours[$i]}) ne join("\1", @{$theirs[$i]});
			} elsif ($i < $#ours - 1) {
				my $why = refused(split(/ /, $c->{want}, 2), @{$theirs[$i]}[1 .. 3]);
				$wrong .= short(@{$theirs[$i]}) . ": $why\n" if $why;
			}
		}
		$wrong .= "it was run: $_\n" for glob("$T/w/pwned* $T/w/env/pwned* $T/w/trees/*/pwned* $T/home/pwned*");
		result($wrong eq '', "env: $c->{name}", $wrong, map { short(@$_) } $c->{want} ? @theirs : ());
	}
}

# fs: a folder with a task file, and what else `do:` makes of it.
#	old: yes		it has been used before: there is an .orch with a lock
#	ns: LINE		in a mount namespace of its own, after this line for sh
#	root: no		as nobody; root: only: nobody else can make it
#	do: LINE		what is made of it; stay: yes: run: and then: go on where it ended
#	run: LINE		a command, each of which ends so:
#	want: STATUS REGEX	the status (or one of several), one line of error if it is not 0
#	quiet: yes		there is nowhere to say it
#	made: no		not one file more or less, none changed
#	same: FILE		this one is not changed
#	then: LINE		succeeds afterwards
sub fs {
	my ($c) = @_;
	my ($want, $pattern) = split / /, $c->{want}, 2;
	my ($n, $wrong, $said) = (0, '', '');
	my $list = 'find "$top" ! -path "$top" -printf "%P %y %m %s %i %T@\\n" | sort';
	my $script = "top=\$PWD\n" . ($c->{ns} // '') . "\ncd \"\$top\" || exit 99\n";

	put('tasks.yml', "tasks:\n- {id: 1, title: a}\n");
	call('orch-add -q Old') if $c->{old};
	$script .= ($c->{do} // '') . "\n[ \$? = 0 ] || exit 98\n";
	$script .= 'cd "$top"' . "\n" if !$c->{stay};
	put("$T/fs.before", '');
	put("$T/fs.after", '');
	put("$T/fs.status", '');
	$script .= "$list >'$T/fs.before'\n" . ($c->{same} ? "cksum <\$top/$c->{same} >'$T/fs.sum'\n" : '');
	for my $run (split /\n/, $c->{run}) {
		$n++;
		$script .= "( $run ) >'$T/fs.out$n' 2>'$T/fs.err$n'\necho \$? >>'$T/fs.status'\n";
	}
	$script .= "$list >'$T/fs.after'\n" . ($c->{same} ? "cksum <\$top/$c->{same} | cmp -s - '$T/fs.sum' || exit 97\n" : '');
	$script .= "$c->{then}\n" if $c->{then};
	put("$T/fs.sh", $script);
	my @command = ('/bin/sh', "$T/fs.sh");
	@command = ('unshare', '-rm', '--propagation', 'unchanged', @command) if $c->{ns};
	return (1, 'SKIP') if ($c->{root} // '') eq 'only' && $> != 0;
	if (($c->{root} // '') eq 'no' && $> == 0) {
		chmod 0755, $T;
		chmod 0666, map { "$T/fs.$_" } 'before', 'after', 'status', 'sh', map { put("$T/fs.$_", ''); $_ } 'sum', map { ("out$_", "err$_") } 1 .. $n;
		chown 65534, 65534, '.', 'tasks.yml';
		@command = ('setpriv', '--reuid=65534', '--regid=65534', '--clear-groups', @command);
	}
	my @got = call(@command);
	my @status = split /\n/, get("$T/fs.status");
	for my $i (1 .. $n) {
		my ($out, $err, $is) = (get("$T/fs.out$i"), get("$T/fs.err$i"), $status[$i - 1] // 'none');
		$said .= short($is, $out, $err) . "\n";
		if (!grep { $_ eq $is } split /\|/, $want) { $wrong .= "ended with $is, not $want\n" }
		elsif ($is ne '0' && !$c->{quiet}) {
			my $why = refused($is, $pattern // '.', $is, $out, $err);
			$wrong .= "$why\n" if $why;
		}
	}
	$wrong .= "before or after it: $got[0]\n" if $got[0] ne 0;
	if ($c->{made}) {
		my %before = map { $_ => 1 } split /\n/, get("$T/fs.before");
		my @new = grep { !delete $before{$_} } split /\n/, get("$T/fs.after");
		$wrong .= "made: $_\n" for @new;
		$wrong .= "gone: $_\n" for sort keys %before;
	}
	return ($wrong eq '', $wrong, $said, $got[2]);
}

my %class = (yaml => \&yaml, big => \&yaml, fs => \&fs);

END {
	chdir '/';
}

# Whoever passes over the folder of a case finds this one.
my $canary = "tasks: # nobody's\n";
chdir "$T/w";
put('tasks.yml', $canary);
for my $arg (@ARGV) {
	my ($name, $least) = $arg =~ /^([a-z]+):(\d+)$/ or die "usage: hostile.pl CLASS:LEAST ..\n";
	my @cases = map { table($_) } sort glob "$root/tests/data/hostile/$name*.txt";
	my (%seen, $n);

	if (my $all = main->can("all_$name")) {
		$all->(@cases);
	} else {
		for my $c (@cases) {
			my $dir = sprintf '%s/w/%s%d', $T, $name, ++$n;
			mkdir $dir and chdir $dir or die "$dir: $!\n";
			my ($good, @notes) = $class{$name}->({ %$c, in => bytes($c->{in}) }, $n);
			my $skip = $good && @notes && $notes[0] eq 'SKIP' ? ' # SKIP only root can make it' : '';
			result($good, "$name: $c->{name}$skip", @notes);
		}
	}
	result(get("$T/w/tasks.yml") eq $canary && !-e "$T/w/.orch", "$name: nothing was done in the folder above");
	my $distinct = grep {
		my $c = $_;
		!$seen{join "\1", map { "$_=$c->{$_}" } grep { !/^(line|name)$/ } sort keys %$c}++
	} @cases;
	result($distinct >= $least && $distinct == @cases, "$name: $distinct inputs, no two alike");
}
print "1..$run\n";
exit $failed;
