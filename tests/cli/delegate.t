#!/bin/sh
# orch-delegate: parts of a task become its children, all in one commit or none, and the
# same list makes nothing twice.
# shellcheck source=tests/lib/sh.sh
. "$(dirname "$0")/../lib/sh.sh"
# shellcheck source=tests/data/cli/lib.sh
. "$ROOT/tests/data/cli/lib.sh"
export ORCH_TEST_NOSYNC=1

project
printf 'isolation: none\nretry: {jitter: 0}\n' >orch.yml

# give PARENT: a list on standard input
give() { orch-delegate "$1" --json -; }
# family ID: its children and its status
family() { orch-list "$1" --json | jq -r '"\(.status) \(.children // [] | map(tostring) | join(","))"'; }

# ---- the list ----

orch-add --set priority=high -b 'all of it' 'A house' >/dev/null
ok 'a list of three' give 1 <<'JSON'
[{"title":"Roof","body":"tiles","labels":["late"],"depends_on":[1]},
 {"title":"Walls","depends_on":[2,2]}, {"title":"Cellar"}]
JSON
is "$(tr '\n' ' ' <"$T/out")$(cat "$T/err")" '2 3 4 ' 'the ids, in the order of the list'
is "$(family 1)" 'blocked 2,3,4' 'the parent waits for them'
is "$(orch-list 2..4 --json | jq -c '[.id, .parent_id, .priority, .depends_on, .labels, .status]' | tr '\n' ' ')" \
	'[2,1,"high",[3],["late"],"new"] [3,1,"high",[4],null,"new"] [4,1,"high",null,null,"new"] ' \
	'links, dependencies and what they have from the parent'
is "$(jq -r '[.task, .topic, .data.event] | join(" ")' .orch/events.jsonl | tail -n 4 | tr '\n' ';')" \
	'2 task.new add;3 task.new add;4 task.new add;1 task.blocked delegate;' 'and the log tells it in one piece'
is "$(jq -r .gen .orch/events.jsonl | tail -n 4 | sort -u | wc -l)" 1 'one commit'

snapshot
ok 'the same again, in other letters' give 1 <<'JSON'
{"title":"  roof ","body":"Tiles"}

{"title":"CELLAR"}
JSON
is "$(tr '\n' ' ' <"$T/out")" '2 4 ' 'is the same children'
unchanged 'and nothing changed'
ok 'one that is there and one that is not' give 1 <<'JSON'
[{"title":"Garden","depends_on":[1]},{"title":"cellar"},{"title":"garden"}]
JSON
is "$(tr '\n' ' ' <"$T/out")$(field 5 'depends_on|tostring')" '5 4 5 [4]' 'is one more, that waits for the other'
is "$(family 1)" 'blocked 2,3,4,5' 'a parent that waits can get more'

ok 'parts from arguments' orch-delegate --add 'Left' -b 'the left half' -l a -l b 5 --add 'Right' -l c
is "$(tr '\n' ' ' <"$T/out")" '6 7 ' 'are children too'
is "$(orch-list 6..7 --json | jq -c '[.body, .labels]' | tr '\n' ' ')" '["the left half",["a","b"]] [null,["c"]] ' 'body and labels are of the part named last'
ok '-n' orch-delegate -n 4 --add 'Would be'
is "$(cat "$T/out")/$(family 4)" '8/new ' 'tells the id and changes nothing'
ok 'an empty list' give 4 </dev/null
ok 'an empty array' give 4 <<'JSON'
 []
JSON
is "$(cat "$T/out")$(family 4)" 'new ' 'is nothing'

# ---- what is refused: the whole list ----

refuses 65 'an empty title' orch-delegate 4 --add 'Fine' --add ''
refuses 65 'a blank title' orch-delegate 4 --add ' 	'
refuses 65 'a title of two lines' orch-delegate 4 --add 'Fine' --add 'one
two'
refuses 65 'the parent itself' orch-delegate 4 --add 'Fine' --add 'cellar'
refuses 65 'the one above it' orch-delegate 4 --add ' a  HOUSE' -b 'All of it'
like "$(cat "$T/err")" '*at delegations.0: it is task 1 itself' 'is named'
cat >"$T/ring" <<'JSON'
[{"title":"a","depends_on":[1]},{"title":"b","depends_on":[2]},{"title":"c","depends_on":[0]}]
JSON
refuses 65 'parts in a ring' orch-delegate 4 --json "$T/ring"
like "$(cat "$T/err")" '*a circle: 0 -> 1 -> 2 -> 0' 'the way is told'
echo '[{"title":"a","depends_on":[1]},{"title":"A"}]' >"$T/ring"
refuses 65 'a part that waits for itself under another name' orch-delegate 4 --json "$T/ring"
echo '[{"title":"a","depends_on":[7]}]' >"$T/ring"
refuses 65 'a position that there is not' orch-delegate 4 --json "$T/ring"
echo '[{"title":"a"},{"body":"b"}]' >"$T/ring"
refuses 65 'a part without a title' orch-delegate 4 --json "$T/ring"
echo '[{"title":"a"},' >"$T/ring"
refuses 65 'half a list' orch-delegate 4 --json "$T/ring"
echo '[{"title":"a"}] [{"title":"b"}]' >"$T/ring"
refuses 65 'two lists' orch-delegate 4 --json "$T/ring"
perl -e 'print "[", join(",", ("{\"title\":\"t\"}") x 100000), "]"' >"$T/ring"
refuses 65 '100,000 parts' orch-delegate 4 --json "$T/ring"
like "$(cat "$T/err")" '*at delegations: *100*' 'the bound is told'
perl -e 'print "{\"title\":\"t\",\"body\":\"", "x" x 70000, "\"}"' >"$T/ring"
refuses 65 'a body that is too long' orch-delegate 4 --json "$T/ring"
refuses 2 'no such parent' orch-delegate 99 --add 'x'
refuses 2 'no parent' orch-delegate --add 'x'
refuses 2 'two parents' orch-delegate 3 4 --add 'x'
refuses 2 'a parent that is no id' orch-delegate @new --add 'x'
refuses 2 'nothing to do' orch-delegate 4
refuses 2 'two things to do' orch-delegate 4 --add x --join
refuses 2 'a body of no part' orch-delegate 4 -b x --add y
refuses 2 '--any without --wait' orch-delegate 4 --add x --any
orch-cancel -q 7 >/dev/null
refuses 69 'a parent that is withdrawn' orch-delegate 7 --add 'x'
ok 'a part that was withdrawn' orch-delegate 5 --add 'right'
is "$(cat "$T/out")/$(status 7)" 7/cancelled 'is not made again'

# ---- who does it: a stranger's word ----

mkdir -p orch.d/agents
printf 'bin: [cat]\nargv: {run: []}\n' >orch.d/agents/good.yml
printf 'bin: [cat]\nargv: {run: []}\n' >orch.d/agents/off.yml
printf 'bin: [not-installed]\nargv: {run: []}\n' >orch.d/agents/away.yml
printf 'isolation: none\nagents: {off: {enabled: false}}\nrouter: {default: good}\n' >orch.yml
parent=$(orch-add 'Many agents')
perl -e '
	my @names = ("good", "off", "away", "nobody", "../../bin/sh", "/bin/sh", "sh", "cmd", "good\\n", "a\\u0007\\u001b[31mb", "", "--help");
	print "[", join(",", map { "{\"title\":\"part $_\",\"suggested_agent\":\"$names[$_]\"}" } 0 .. $#names), "]"' >"$T/list"
ok 'agents of all kinds' orch-delegate "$parent" --json "$T/list"
is "$(orch-list parent_id="$parent" --json | jq -r '"\(.agent // "-")/\(.route_warning != null)"' | tr '\n' ' ')" \
	'good/false -/true -/true -/true -/true -/true -/true -/true -/true -/true -/false -/true ' \
	'only one that is known, enabled, installed and takes prose is taken'
is "$(grep -c 'warning: suggested agent' "$T/err")/$(LC_ALL=C grep -c '[[:cntrl:]]' "$T/err")" 10/0 'the others are told, made visible'
is "$(LC_ALL=C tr -d '\n' <tasks.yml | LC_ALL=C grep -c '[[:cntrl:]]')" 0 'in the file too'
ok 'keys that say nothing' give "$parent" <<'JSON'
[{"title":"all keys","body":"","labels":[],"suggested_agent":"","depends_on":[]},{"title":"nulls","body":null,"depends_on":null}]
JSON
is "$(orch-list - --json <"$T/out" | jq -c '[.body, .labels, .agent, .depends_on, .route_warning]' | sort -u)" '[null,null,null,null,null]' 'are as good as none'
ok 'keys that are none' give "$parent" <<'JSON'
[{"title":"more","command":"rm -rf /","verify":["true"],"status":"done"}]
JSON
is "$(grep -c 'is no key of a delegation' "$T/err")" 3 'are told'
is "$(orch-list "$(cat "$T/out")" --json | jq -c '[.command, .verify, .status]')" '[null,null,"new"]' 'and not taken'

# ---- limits: archived ones count ----

limits() { printf 'isolation: none\nchildren: {%s}\n' "$1" >orch.yml; }
limits 'max: 3'
parent=$(orch-add 'Limited')
exits 69 'more than children.max' orch-delegate "$parent" --add a --add b --add c --add d
like "$(cat "$T/err")" "*task $parent would have 4 children: at most 3 (children.max)" 'the limit is named'
is "$(family "$parent")" 'new ' 'none of them is made'
ok 'as many as that' orch-delegate "$parent" --add a --add b --add c
refuses 69 'and one more later' orch-delegate "$parent" --add d
orch-cancel -q tree="$parent" >/dev/null
orch-retry -q "$parent" >/dev/null
refuses 69 'ended ones count' orch-delegate "$parent" --add d
ok 'what is there is no more' orch-delegate "$parent" --add A --add b

limits 'depth: 2'
top=$(orch-add 'Deep')
one=$(orch-delegate "$top" --add 'one')
two=$(orch-delegate "$one" --add 'two')
refuses 69 'deeper than children.depth' orch-delegate "$two" --add 'three'
like "$(cat "$T/err")" "*task $top would have 3 generations below it: at most 2 (children.depth)" 'the limit is named'
limits 'tree: 4'
ok 'a tree that is full' orch-delegate "$one" --add 'three' --add 'four'
refuses 69 'grows nowhere' orch-delegate "$two" --add 'five'
like "$(cat "$T/err")" "*task $top would have 5 tasks below it: at most 4 (children.tree)" 'the limit is named'
limits 'max: 0'
refuses 69 'none at all' orch-delegate "$top" --add 'six'

# A family half of which is in the archive, as a hand edit leaves it.
mkdir "$T/w/gone" && cd "$T/w/gone" || exit 1
cat >tasks.yml <<'YML'
next_id: 9
tasks:
  - {id: 2, title: middle, parent_id: 1, children: [3, 4]}
  - {id: 4, title: live, parent_id: 2}
YML
limits 'max: 3'
orch-set -q 4 body=x >/dev/null
mkdir -p .orch/archive
cat >.orch/archive/2025-12.yml <<'YML'
tasks:
  - {id: 1, title: top, status: done, children: [2]}
  - {id: 3, title: Was done, status: done, parent_id: 2, children: [5]}
  - {id: 5, title: below, status: done, parent_id: 3}
YML
ok 'a part that an archived child was' orch-delegate 2 --add 'was  DONE'
is "$(cat "$T/out")/$(family 2)" '3/new 3,4' 'is that one'
refuses 65 'the archived parent above it once more' orch-delegate 2 --add 'Top'
refuses 69 'archived children count' orch-delegate 2 --add x --add y
limits 'depth: 1'
refuses 69 'archived parents count' orch-delegate 2 --add x
limits 'tree: 4'
refuses 69 'and so does what is below archived ones' orch-delegate 2 --add x
limits 'tree: 5'
ok 'within all of it' orch-delegate 2 --add x
printf 'tasks: [' >.orch/archive/2025-11.yml
refuses 65 'an archive that cannot be read' orch-delegate 2 --add y
rm .orch/archive/2025-11.yml

# A ring of parents by hand: nobody is below anybody there.
cat >tasks.yml <<'YML'
next_id: 30
tasks:
  - {id: 20, title: lays, parent_id: 21}
  - {id: 21, title: egg, parent_id: 22, children: [20, 22]}
  - {id: 22, title: hen, parent_id: 21, children: [21]}
YML
limits 'depth: 4'
for id in 20 21; do
	refuses 65 "a parent that is its own ancestor, or below one ($id)" orch-delegate $id --add 'chick'
	like "$(cat "$T/err")" '*task 21 is its own ancestor: 21 -> 22 -> 21*' 'the way round is told'
done
refuses 65 'orch-add refuses it, too' orch-add --parent 21 'chick'
ok 'a long chain by hand' sh -c '
	awk "BEGIN { print \"next_id: 20001\ntasks:\"; for (i = 1; i <= 20000; i++) print \"  - {id: \" i \", title: t\" (i > 1 ? \", parent_id: \" i - 1 : \"\") \"}\" }" >tasks.yml
	orch-list 20000'
refuses 69 'comes to its end' orch-delegate 20000 --add 'chick'

# ---- by orch-add ----

printf 'next_id: 1\ntasks: []\n' >tasks.yml
rm -r .orch
limits 'max: 2, depth: 2, tree: 3'
ok 'a family by orch-add' orch-add --json - <<'END'
{"title":"top","key":"top"}
{"title":"one","key":"one","parent_id":"top"}
{"title":"two","parent_id":"top"}
END
refuses 69 'more than children.max by orch-add' orch-add --parent 1 'three'
is "$(cat "$T/err")" 'orch-add: task 1 would have 3 children: at most 2 (children.max)' 'is refused as by orch-delegate'
ok 'one below' orch-add --parent 2 'four'
refuses 69 'deeper than children.depth' orch-add --parent 4 'five'
like "$(cat "$T/err")" '*task 1 would have 3 generations below it: at most 2 (children.depth)' 'the limit is named'
refuses 69 'more than children.tree' orch-add --parent 3 'five'
like "$(cat "$T/err")" '*task 1 would have 4 tasks below it: at most 3 (children.tree)' 'the limit is named'
cat >"$T/deep" <<'END'
{"title":"a","key":"a"}

{"title":"b","key":"b","parent_id":"a"}
{"title":"c","key":"c","parent_id":"b"}
{"title":"d","key":"d","parent_id":"c"}
END
refuses 69 'too deep a list' orch-add --json "$T/deep"
like "$(cat "$T/err")" '*line 5: task 5 would have 3 generations below it*' 'is refused with its line'
is "$(status 1)" new 'a parent does not wait for what is added to it'
orch-set -q 2..4 agent=sh command=true >/dev/null
printf 'isolation: none\nchildren: {max: 4, tree: 9}\n' >orch.yml
ok 'one that waits' orch-delegate 1 --add six -a sh
is "$(status 1)" blocked 'for one'
six=$(cat "$T/out")
orch-set -q "$six" agent=sh command=true >/dev/null
ok 'gets another' orch-add -a sh --command true --parent 1 'seven'
seven=$(cat "$T/out")
orch-run -q 2 3 4 "$six" >/dev/null 2>&1
is "$(status 1)/$(orch-list 1 -o children)" "blocked/2,3,$six,$seven" 'and waits for it, too'
orch-run -q "$seven" >/dev/null 2>&1
is "$(status 1)" new 'until it is done'

# ---- joining ----

cd "$T/w/p" || exit 1
limits 'max: 20'
parent=$(orch-add -a sh --command true 'Joins')
kid=$(orch-delegate "$parent" --add 'Kid')
ok 'nothing to join' orch-delegate --join
is "$(cat "$T/out")" '' 'is done'
sed -i "/title: Kid/,/status:/s/status: .*/status: done/" tasks.yml
ok 'what a hand edit has ended' orch-delegate -n --join
is "$(cat "$T/out")/$(status "$parent")" "$parent/blocked" '-n tells who would move'
ok 'it' orch-delegate --join
is "$(cat "$T/out")/$(status "$parent")/$(status "$kid")" "$parent/routed/done" 'is joined'
ok 'and again' orch-delegate --join
is "$(cat "$T/out")" '' 'once'
sed -i "/title: Kid/,/status:/s/status: .*/status: routed/; /title: Joins/,/status:/s/status: .*/status: blocked/" tasks.yml
other=$(orch-add 'Other') && orch-delegate -q "$other" --add 'Other kid' >/dev/null
sed -i '/title: Other kid/,/status:/s/status: .*/status: done/' tasks.yml
ok 'a parent that is named' orch-delegate --join "$parent" "$kid"
is "$(cat "$T/out")/$(status "$parent")/$(status "$other")" "/blocked/blocked" 'waits on, and no other is joined'
sed -i "/title: Kid/,/status:/s/status: .*/status: done/" tasks.yml
ok 'its child has ended' orch-delegate --join "$parent"
is "$(cat "$T/out")/$(status "$parent")/$(status "$other")" "$parent/routed/blocked" 'it is joined, no other'
refuses 2 'a parent that is none' orch-delegate --join 999
ok 'in the end a parent that runs' orch-run -q "$parent"
ok 'the same list for a parent that is done' orch-delegate "$parent" --add 'kid'
is "$(cat "$T/out")/$(status "$parent")" "$kid/done" 'changes nothing'
seq 101 | sed 's/.*/{"title":"part &"}/' >many
refuses 65 'more parts than one list may have' orch-delegate "$parent" --json many
is "$(cat "$T/err")" 'orch-delegate: more than 100 tasks at once' 'says how many it may'
done_testing
