#!/bin/sh
# orch: finds commands, hands on options, helps.
# shellcheck disable=SC2016 # some words are for another shell
# shellcheck source=tests/lib/sh.sh
. "$(dirname "$0")/../lib/sh.sh"

ok '--version' orch --version
like "$(cat "$T/out")" 'orch [0-9]*.[0-9]*' 'name and number'
ok '-h' orch -h
like "$(cat "$T/out")" 'Usage: orch *drive coding agents*--help*' 'usage, purpose, options'
ok '--help-table' orch --help-table
is "$(head -n 1 "$T/out")" "$(printf 'command\torch\tdrive coding agents from a task file')" \
	'the table of its options'

exits 2 'a name is needed' orch
is "$(cat "$T/out")" '' 'nothing on stdout'
is "$(cat "$T/err")" "orch: a command is missing: 'orch help' lists them" 'one line that says so'
exits 2 'an unknown command' orch lsit
is "$(cat "$T/err")" "orch: no command 'lsit', did you mean 'list'?" 'the nearest name is told'
exits 2 'one that is like no other' orch xyzzyxyzzy
is "$(cat "$T/err")" "orch: no command 'xyzzyxyzzy': 'orch help' lists them" 'and where to look'
exits 2 'an unknown option' orch --frobnicate list
like "$(cat "$T/err")" "orch: unknown option '--frobnicate'*" 'is named'
exits 2 'a name with a slash leads nowhere' orch ../bin/orch-list
exits 2 'nor does an empty one' orch ''
exits 2 'a name with control characters' orch "$(printf 'a\033[2J')"
like "$(cat "$T/err")" '*\\x1b*' 'is made visible'

# What stands behind the name is the command's own, help and version too.
for word in -h --version --help-table; do
	orch status $word >"$T/one" && orch-status $word >"$T/two"
	is "$(cat "$T/one")" "$(cat "$T/two")" "status $word"
done
project p
ok 'arguments arrive as they are' orch add 'a  title "of" $things *'
is "$(orch list -o title)" 'a  title "of" $things *' 'blanks and all'
ok 'after -- too' orch -- add -- --title
cd ..
ok '-C is handed on' orch -C p list -o id
is "$(cat "$T/out")" "$(printf '1\n2')" 'and obeyed'
ok '-f too' orch -f p/tasks.yml list -o id
is "$(cat "$T/out")" "$(printf '1\n2')" 'and obeyed'
exits 2 'the status of the command is the status' orch -C p show 99
is "$(cat "$T/err")" 'orch-show: no task 99' 'and so are its messages'

# Beside itself first, then PATH.
mkdir "$T/bin"
printf '#!/bin/sh\necho "extra $*"\n' >"$T/bin/orch-extra"
printf '#!/bin/sh\necho false list\n' >"$T/bin/orch-list"
chmod +x "$T/bin/orch-extra" "$T/bin/orch-list"
PATH=$T/bin:$PATH ok 'a command from PATH' orch -q extra 1 2
is "$(cat "$T/out")" 'extra -q 1 2' 'is run'
is "$(PATH=$T/bin:/usr/bin:/bin "$ORCH_BIN/orch" -C p list -o id | head -n 1)" 1 \
	'its own neighbours win'
cp "$T/bin/orch-extra" "$T/bin/orch-plain"
chmod -x "$T/bin/orch-plain"
PATH=$T/bin:$PATH exits 2 'what cannot be executed is no command' orch plain

# A pipe that closes early is not ignored by what comes next.
printf '#!/bin/sh\ngrep SigIgn /proc/self/status\n' >"$T/bin/orch-signals"
chmod +x "$T/bin/orch-signals"
is "$(PATH=$T/bin:$PATH orch signals)" "$(grep SigIgn /proc/self/status)" \
	'signals are ignored or not as for orch itself'

# help
ok 'help' orch help
is "$(sed 's/ .*//' "$T/out")" "$(find "$ORCH_BIN" -name 'orch-*' | sed 's/.*\/orch-//' | sort)" \
	'names what lies beside it'
for program in "$ORCH_BIN"/orch-*; do
	name=${program##*/orch-}
	is "$(sed -n "s/^$name  *//p" "$T/out")" \
		"$("$program" --help-table | head -n 1 | cut -f 3)" "the purpose of $name"
done
exits 2 'help takes one name' orch help list add
exits 2 'help for nothing' orch help lsit
is "$(cat "$T/err")" "orch: no command 'lsit', did you mean 'list'?" 'the nearest again'
printf '#!/bin/sh\necho "man $*"\n' >"$T/bin/man"
chmod +x "$T/bin/man"
is "$(PATH=$T/bin:$PATH orch help list | sed 's|/.*/||')" 'man -l orch-list.1' \
	'the page, with man(1)'
is "$(PATH=/nowhere "$ORCH_BIN/orch" help list)" "$(orch-list -h)" 'without it what -h says'
done_testing
