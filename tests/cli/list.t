#!/bin/sh
# orch-list: selecting, ordering, printing; nothing is ever written.
# shellcheck source=tests/lib/sh.sh
. "$(dirname "$0")/../lib/sh.sh"
# shellcheck source=tests/data/cli/lib.sh
. "$ROOT/tests/data/cli/lib.sh"

# lists WANT SEL..: the ids, joined by blanks
lists() {
	want=$1
	shift
	got=$(orch-list -o id "$@" 2>&1 | tr '\n' ' ')
	is "${got% }" "$want" "orch-list $*"
}

mkdir p && cd p || exit 1
cat >tasks.yml <<'END'
next_id: 20
tasks:
  - {id: 4, title: four, status: done, agent: sh, labels: [docs, api], created_at: "2026-01-01T00:00:00Z"}
  - {id: 1, title: one, created_at: "2026-01-02T00:00:00Z"}
  - {id: 2, title: "two \"x\"\\\t|", body: "a\nb\r\tc\\", status: routed, agent: sh, priority: low, labels: [docs], created_at: "2026-01-02T03:00:00Z"}
  - {id: 3, title: three, status: routed, agent: cat, priority: high, depends_on: [4], parent_id: 1, created_at: "2026-01-02T02:00:00Z"}
  - {id: 5, title: five, status: routed, agent: sh, depends_on: [2, 3], parent_id: 3, created_at: "2026-01-02T01:00:00Z"}
  - {id: 6, title: six, status: routed, agent: sh, retry_at: "2026-01-02T03:04:06Z", parent_id: 1}
  - {id: 7, title: seven, status: routed, agent: sh, retry_at: "2026-01-02T03:04:05Z", created_at: "2026-01-02T03:00:00Z"}
  - {id: 8, title: eight, status: failed, agent: sh, last_error: "boom\e[31m", priority: urgent}
  - {id: 9, title: nine, status: routed, agent: sh, depends_on: [10], priority: urgent}
  - {id: 10, title: ten, status: routed, agent: sh, depends_on: [9], priority: urgent}
  - {id: 11, title: eleven, status: routed, agent: sh, priority: low, created_at: "2025-12-30T00:00:00Z"}
  - {id: 12, title: twelve, status: routed, agent: sh, retry_at: "2027-01-01T00:00:00Z", created_at: "2026-01-02T03:01:00Z"}
  - {title: nobody, labels: [api]}
END
snapshot
ok 'help' orch-list -h

# Selectors.
lists '4 1 2 3 5 6 7 8 9 10 11 12 20'
lists 2 2
lists '3 2' 3 2
lists '3 2 1' 3,2 1 2
lists '1 2 3' 1..3
lists '9 10 11 12 20' 9..99
lists '' 13..19
lists '4 2' +docs
lists '4 2' +docs,api 1..9
lists '1 20' @new
lists '1 8 20' @new,failed
lists '4' @done +docs
lists '2' @routed +docs
lists '4 2' label=docs
lists '1 3 5 6 7 8 9 10 11 12 20' label!=docs
lists '1' agent= 1..12
lists '1 3' agent=cat, 1..12
lists '3 8 9 10' priority=high,urgent
lists '4 1 5 6 7 12' priority=normal 1,4,5,6,7,12,2
lists '5' depends_on=2
lists '1 3 5 6' tree=1
lists '3 5' tree=3 parent_id!=
lists '7' next 7 2
lists '' next @done
lists '4 1 2 3 5 6 7 8 9 10 11 12 20' all
is "$(printf '3 2\n2\n' | orch-list - -o id | tr '\n' ' ')" '3 2 ' 'ids on standard input, each once'
is "$(printf '{"id":3,"x":[]}\n\n{"id":2}\n' | orch-list - -o id | tr '\n' ' ')" '3 2 ' 'NDJSON'
is "$(orch-list - </dev/null)" '' 'an empty standard input selects nothing'
is "$(printf 2 | orch-list - +docs -o id)" 2 'and another selector'
ok 'standard input is not read without -' sh -c 'echo 99 | orch-list >/dev/null'

# Ready order: priority raised by age, then oldest, then id.
lists '11 3 7 12 2' --ready
lists '11 2' --ready 2 11
is "$(ORCH_AGING_HOURS=0 orch-list --ready -o id | tr '\n' ' ')" '3 7 12 11 2 ' 'without ageing'
is "$(orch-list next -o id)" 11 'next is the first of them'
is "$(ORCH_TEST_NOW=2026-01-02T03:04:06Z orch-list --ready -o id | grep -c '^6$')" 1 'a time to retry comes'
orch-list --explain | sort -n >"$T/explain"
is "$(wc -l <"$T/explain")" 13 '--explain has a line for each'
is "$(orch-list --explain | head -n 5 | cut -f 1 | tr '\n' ' ')" '11 3 7 12 2 ' 'the ready ones first'
for want in '1	new: *' '2	ready: low*' '4	done' '5	waits for task 2 (routed)*3*' '6	*2026-01-02T03:04:06Z*' \
	'8	failed*boom*' '9	*9*10*9*' '11	ready: low raised to *'; do
	got=$(grep "^${want%%	*}	" "$T/explain")
	like "$got" "$want" "why: ${want%%	*}"
done
is "$(LC_ALL=C tr -d '\t\n' <"$T/explain" | LC_ALL=C grep -c '[[:cntrl:]]')" 0 'without control characters'
is "$(orch-list --ready --explain | wc -l)" 13 'with --ready it tells of each task too why it is not'

is "$(orch-list -o id title=nobody)" 20 'a task that has no id yet is shown with the one that it will get'

# Printing.
is "$(orch-list 2 -o title,body,labels,priority,parent_id)" \
	'two "x"\\\t|	a\nb\r\tc\\	docs	low	' '-o: one line whatever is in it'
is "$(orch-list 3 4 -o priority,status,depends_on)" "$(printf 'high\trouted\t4\nnormal\tdone\t')" 'defaults are shown'
is "$(orch-list 4 -o labels --json)" '{"labels":["docs","api"],"schema":1}' '-o with --json'
is "$(orch-list --json | jq -s -c '[length, (map(.schema) | unique)]')" '[13,[1]]' 'JSON, one object a line'
is "$(orch-list --json 1 | jq -r '[.status, .priority] | join(" ")')" 'new normal' 'with what follows by itself'
is "$(orch-list 2 --json | jq -r .body | od -An -c | tr -s ' ')" "$(printf 'a\nb\r\tc\\\n' | od -An -c | tr -s ' ')" \
	'JSON has every byte'
is "$(orch-list --tree 1..12 | head -n 6)" "$(cat <<'END'
4 done four
1 new one
  3 routed three (after 4)
    5 routed five (after 2, 3)
  6 routed six
2 routed two "x"\\x09|
END
)" '--tree: children below their parent'
is "$(orch-list 1,4)" "$(printf '1  new   -   one\n4  done  sh  four')" 'columns'
is "$(orch-list 1,10)" "$(printf ' 1  new     -   one\n10  routed  sh  ten')" 'each as wide as its widest'
is "$(CLICOLOR_FORCE=1 orch-list 8,4 | tr -d '\033')" "$(printf '8  [31mfailed[0m  sh  eight\n4  [32mdone  [0m  sh  four')" \
	'which colours do not change'
is "$(CLICOLOR_FORCE=1 orch-list 4 | tr -d '\033')" '4  [32mdone[0m  sh  four' 'colour when it is forced'
is "$(CLICOLOR_FORCE=1 NO_COLOR=1 orch-list 4)" '4  done  sh  four' 'never with NO_COLOR'
is "$(TERM=xterm script -qec 'orch-list 4' /dev/null | tr -d '\033\r')" '4  [32mdone[0m  sh  four' 'colour on a terminal'
is "$(script -qec 'orch-list 4' /dev/null | tr -d '\r')" '4  done  sh  four' 'not on a dumb one'

# Refused.
for word in '' @ @nope + '3..' 'tree=x' 'titel=x' 'a b' '..3'; do
	refuses 2 "no selector: '$word'" orch-list "$word"
done
refuses 2 'no such field' orch-list -o titel
like "$(cat "$T/err")" '*titel*title*' 'the nearest is named'
refuses 2 'a field twice' orch-list -o id,id
refuses 2 'no field' orch-list -o ''
refuses 2 'two ways to print' orch-list --json --tree
refuses 2 '-o with --tree' orch-list -o id --tree
refuses 2 'an option that changes' orch-list -n
untouched 'nothing was ever written'
[ ! -e .orch ]
result $? 'not even .orch'

# While a writer holds the lock.
is "$(orch-add 'T')" 21 'the next task gets the id after it'
is "$(orch-list 20 --json | jq -r .title)" nobody 'and that one has it now'
ok 'reading needs no lock' perl -e '
	open L, "+<", ".orch/lock" and flock(L, 2) or die; exit(system("orch-list >/dev/null") >> 8)'

# Ten thousand tasks.
mkdir "$T/w/big" && cd "$T/w/big" || exit 1
awk 'BEGIN {
	print "next_id: 10001\ntasks:"
	for (i = 1; i <= 10000; i++)
		printf "  - id: %d\n    title: Task %d\n    status: routed\n    agent: sh\n    depends_on: [%d]\n", i, i, i - 1
}' | sed '0,/depends_on: \[0\]/{/depends_on: \[0\]/d}' >tasks.yml
is "$(orch-list --ready -o id)" 1 'a chain of ten thousand: one is ready'
is "$(orch-list --explain | wc -l)" 10000 'why the others are not'
is "$(orch-list --json | wc -l)" 10000 'as JSON'
is "$(orch-list 5000..5002 -o id | tr '\n' ' ')" '5000 5001 5002 ' 'a range of them'
done_testing
