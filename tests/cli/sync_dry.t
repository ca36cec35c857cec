#!/bin/sh
# A dry run asks and tells, and changes nothing; what the others print; verbs that need no
# request; and two runs at once.
# shellcheck source=tests/lib/sh.sh
. "$(dirname "$0")/../lib/sh.sh"
# shellcheck source=tests/lib/github.sh
. "$ROOT/tests/lib/github.sh"
export ORCH_TEST_NOSYNC=1

# listing: every file of the project and of the home, with what is in it.
listing() {
	find "$T/w" "$HOME" "$T/tmp" -printf '%p %y %m %s %T@\n' | grep -v '/\.cache' | sort
	find "$T/w" "$HOME" "$T/tmp" -type f -exec cksum {} + | sort
}
# dry STATUS NAME ARG..: a run that only asks.
dry() {
	want=$1 name=$2
	shift 2
	gh_clear
	listing >"$T/before"
	exits "$want" "$name" orch-sync-gh -n "$@"
	listing >"$T/after"
	is "$(diff "$T/before" "$T/after")" '' 'changes no file'
	is "$(gh_count '[!G]*' '*') $(gh_log .method | sort -u)" '0 GET' 'and only asks'
}

gh_start
project
printf 'isolation: none\ngh: {write_interval: 0}\n' >>orch.yml

# --- before there is anything
gh_seed '{"issues":[{"repo":"acme/app","title":"One","user":"ana","association":"MEMBER","labels":["bug"]}]}' >/dev/null
orch-add -q 'Water the plants' >/dev/null
dry 0 'the first'
like "$(cat "$T/out")" 'import task 2 #1: One
create task 1: Water the plants' 'tells what comes and what goes'
like "$(cat "$T/err")" '*goes with acme/app*1 write*' 'and how much that is'
gh_clear
orch-sync-gh -q >/dev/null
later 600
orch-sync-gh -q; orch-sync-gh -q

# --- what differs
dry 0 'nothing to do'
is "$(cat "$T/out")" '' 'tells nothing'
like "$(cat "$T/err")" '*0 writes*' 'as there is nothing to write'
orch-set -q 1 title='Water the flowers' priority=high labels+=home >/dev/null
orch-set -q 2 agent=sh command=true >/dev/null
orch-run -q 2 >/dev/null
orch-add -q 'Third' >/dev/null
person '"issue":1,"do":"unlabel","label":"bug"'
dry 0 'what is new on both sides'
like "$(cat "$T/out")" "*update task 2 #1*patch task 1 #2:*title 'Water the plants' -> 'Water the flowers'*" 'tells the old and the new'
like "$(cat "$T/out")" '*patch task 1 #2:*labels*+priority:high*+home*' 'and labels that come and go'
like "$(cat "$T/out")" '*patch task 2 #1:*closed*' 'a closing'
like "$(cat "$T/out")" '*comment task 2 #1*' 'a comment'
like "$(cat "$T/out")" '*create task 3: Third*' 'and a new issue'
dry 0 'the same for one' --only 3
is "$(cat "$T/out")" 'create task 3: Third' 'is one'
dry 0 'pull' pull
is "$(grep -c '^update' "$T/out")$(grep -cE '^(patch|create|comment)' "$T/out")" 10 'only takes'
dry 75 'push' push
is "$(grep -c '^update' "$T/out")" 0 'only gives'
dry 0 'all of them' --full
dry 75 'so many' --max-writes 1
like "$(cat "$T/err")" '*left: *no more writes*' 'has an end, too'
export ORCH_SECRETS='the-secret-word'
orch-set -q 3 title='Third with the-secret-word in it' >/dev/null
dry 0 'a secret' --only 3
is "$(grep -c 'the-secret-word' "$T/out" "$T/err" | tr '\n' ' ')" "$T/out:0 $T/err:0 " 'is told to nobody'
orch-set -q 3 title=Third >/dev/null

# As objects.
dry 0 'as JSON' --json
is "$(jq -c 'keys - ["detail","task","number","left"]' "$T/out" | sort | uniq -c | tr -s ' \n' ' ' | sed 's/^ [0-9]* //')" \
	'["billed","changed","do","requests","schema","seconds","writes"] 6 ["do","schema"] ' 'lines, and the sums'
is "$(tail -n 1 "$T/out" | jq -c '[.do, .writes, .left, .changed]')" '["sums",5,0,1]' 'the sums'
gh_clear
ok 'done' orch-sync-gh --json
is "$(jq -r 'select(.do == "sums") | .writes' "$T/out")" "$(gh_count '[!G]*' '*')" 'it says how many writes there were'
is "$(jq -r 'select(.do == "sums") | .requests' "$T/out")" "$(gh_log .n | wc -l | tr -d ' ')" 'and requests'
is "$(jq -r 'select(.do == "create") | [.task, .detail] | @json' "$T/out")" '[3,"Third"]' 'what was done'
is "$(cat "$T/err")" '' 'and nothing else'
orch-set -q 3 title='Third time' >/dev/null
exits 75 'is' orch-sync-gh --json --max-writes 0
is "$(jq -c 'select(.left == true) | [.do, .task, .number]' "$T/out")" '["patch",3,3]' 'marked'
is "$(orch-sync-gh status --json | jq -c '[.left[] | [.do, .task]]')" '[["patch",3]]' 'and in the status'
like "$(orch-sync-gh status)" '*left	patch task 3 #3*' 'for people, too'
orch-sync-gh -q

# How long it takes: as fast as GitHub lets anybody write.
sed -i 's/write_interval: 0/write_interval: 1s/' orch.yml
seq 1000 | sed 's/.*/{"title":"Task &"}/' | orch-add -q --json - >/dev/null
dry 0 'a thousand new issues'
like "$(cat "$T/err")" '*1000 writes*2h*' 'take more than two hours, which is said before'
exits 75 'few of them' orch-sync-gh --max-writes 0
is "$(sed -n 's/.* left: //p' "$T/err")" 'create task 4: Task 1: no more writes this time
and 999 more writes' 'say in two lines how many are left'
is "$(orch-sync-gh status | grep -c ^left) $(orch-sync-gh status --json | jq '.left | length')" '2 1000' 'as does the status'
exits 75 'few, as objects' orch-sync-gh --json --max-writes 0
is "$(jq -r 'select(.left == true) | .task' "$T/out" | wc -l | tr -d ' ')" 1000 'are all there'
orch-cancel -q 4..1003 >/dev/null 2>&1
sed -i 's/write_interval: 1s/write_interval: 0/' orch.yml

# --- a limit is told, and leaves nothing behind
gh_clear
listing >"$T/before"
gh_fault '{"kind":"permission","times":0}'
exits 69 'a dry run that is refused' orch-sync-gh -n --full
gh_clear
listing >"$T/after"
is "$(diff "$T/before" "$T/after")" '' 'changes no file either'

# --- link and unlink
gh_seed '{"issues":[{"repo":"acme/app","title":"Lone","user":"ana","association":"MEMBER","body":"Of a person"},
 {"repo":"acme/app","title":"A change","user":"ana","pull":true},{"repo":"acme/app","title":"Shut","user":"ana","association":"MEMBER","state":"closed"}]}' >/dev/null
printf 'gh: {write_interval: 0, publish: none}\nisolation: none\n' >orch.yml
id=$(orch-add 'Alone')
dry 0 'link' link "$id" 4
is "$(cat "$T/out")" "link task $id #4" 'tells it'
exits 2 'no pull request' orch-sync-gh link "$id" 5
exits 2 'no issue that is not there' orch-sync-gh link "$id" 99
exits 2 'none that has a task' orch-sync-gh link "$id" 3
exits 2 'no task that is not there' orch-sync-gh link 9999 4
exits 2 'no task that has one' orch-sync-gh link 3 4
exits 2 'no word' orch-sync-gh link "$id" four
exits 2 'not one alone' orch-sync-gh link "$id"
exits 2 'not three' orch-sync-gh link "$id" 4 5
gh_fault '{"kind":"permission","path":"/issues/4"}'
exits 69 'what may not be seen is not said to be absent' orch-sync-gh link "$id" 4
is "$(orch-show --json "$id" | jq .gh)" null 'and not linked'
ok 'link' orch-sync-gh link "$id" 4
ok 'said again it is the same' orch-sync-gh link "$id" 4
gh_clear
ok 'then' orch-sync-gh -q
is "$(orch-show --json "$id" | jq -r '.title, .body')" 'Lone
Of a person' 'the text of the issue counts'
is "$(gh_count POST /issues)" 0 'and none is made'
gh_clear
listing >"$T/before"
ok 'unlink, dry' orch-sync-gh -n unlink "$id"
is "$(listing | diff "$T/before" -)" '' 'changes nothing'
is "$(cat "$T/out")" "unlink task $id #4" 'and tells it'
ok 'unlink' orch-sync-gh unlink "$id"
is "$(cat "$T/out") $(gh_log .n | wc -l | tr -d ' ')" "$id 0" 'asks nobody'
ok 'again' orch-sync-gh unlink "$id"
is "$(cat "$T/out")" '' 'does nothing more'
exits 2 'nothing' orch-sync-gh unlink
exits 2 'a task that is not there' orch-sync-gh unlink 9999
printf 'gh: {write_interval: 0}\nisolation: none\n' >orch.yml
orch-sync-gh -q --full >/dev/null
is "$(gh_count POST /issues) $(orch-list --json | jq -r 'select(.title == "Lone") | .id' | wc -l | tr -d ' ')" '0 1' \
	'they do not come together by themselves'
exits 2 'status takes nothing' orch-sync-gh status 1
exits 2 '--full is of no use to link' orch-sync-gh --full link 1 2
exits 2 '--setup is for the board' orch-sync-gh --setup
for verb in status 'unlink 1' 'link 1 2' board; do
	# shellcheck disable=SC2086 # two words are two
	exits 2 "--only is of no use to $verb" orch-sync-gh --only 1 $verb
done
exits 78 'a dry run that cannot begin' env GITHUB_REPO=../x orch-sync-gh -n
is "$(grep -c writes "$T/err")" 0 'has no plan'

# --- two at once
mkfifo "$T/held"
exec 7<>"$T/held"
orch-set -q 1 title='Twice' >/dev/null
gh_clear
gh_fault "{\"kind\":\"hold-before\",\"method\":\"PATCH\",\"file\":\"$T/held\"}"
orch-sync-gh -q >"$T/first" 2>&1 &
first=$!
read -r word <&7
is "${word%% *}" held 'one is writing'
n=$(gh_log .n | wc -l)
for arg in '' pull push "link $id 4" 'unlink 1'; do
	# shellcheck disable=SC2086 # two words are two
	exits 75 "a second one: $arg" orch-sync-gh $arg
done
like "$(cat "$T/err")" '*' 'says why'
is "$(gh_log .n | wc -l)" "$n" 'and asks nothing'
ok 'looking is free' orch-sync-gh status
ok 'so is a task' orch-set -q 3 title='Meanwhile'
gh_release
wait $first
result $? 'the first one ends well'
ok 'then the next may' orch-sync-gh -q
is "$(gh_issue 2 .title),$(gh_issue 3 .title)" 'Twice,Meanwhile' 'all is written'

# --- what is kept is damaged
for file in .orch/state/gh/pin.json .orch/state/gh/github.com/[0-9]*.json; do
	cp "$file" "$T/keep"
	echo '{' >"$file"
	gh_clear
	exits 65 "$file is damaged" orch-sync-gh -q
	exits 65 'which status tells' orch-sync-gh status
	is "$(gh_log .n)" '' 'nothing is asked'
	cp "$T/keep" "$file"
done
ok 'mended it goes on' orch-sync-gh -q
is "$(gh_violations)" '' 'all as GitHub wants it'
# --- what a dry run says is what the run does
writes_of() { orch-sync-gh --json "$@" 2>"$T/err" | jq -c 'select(.do == "sums") | .writes'; }
# plans NAME: so many writes are told as the run that follows makes.
plans() {
	gh_clear
	planned=$(writes_of -n)
	is "$(gh_count '[!G]*' '*')" 0 "$1: nothing is written"
	done=$(writes_of)
	is "$planned" "$done" "and as many writes are told as are made then: $done"
	[ "$done" -gt 0 ]
	result $? 'some'
	later 200
}
gh_stop
gh_start
cd "$T/w" && rm -rf p && project
printf 'isolation: none\ngh: {write_interval: 0, board: acme/1, owner: ana}\n' >orch.yml
orch-add -q 'Parent' >/dev/null
orch-add -q --parent 1 'Child' >/dev/null
orch-add -q -d 2 'Behind it' >/dev/null
orch-add -q -a sh --command false 'Fails' >/dev/null
orch-run -q 4 >/dev/null 2>&1
plans 'new issues, relatives, comments and cards'
orch-add -q -a sh --command true --parent 1 'Works' >/dev/null
orch-run -q 5 >/dev/null 2>&1
orch-set -q 3 title='Before it' depends_on=4 >/dev/null
orch-add -q 'Waits' >/dev/null
orch-set -q 4 priority=high >/dev/null
plans 'changes, a closing and one more'
gh_seed '{"issues":[{"repo":"acme/app","title":"One","user":"ana","association":"MEMBER"}]}' >/dev/null
plans 'an issue that comes in'
sed -i 's/owner: ana/owner: orch-bot/' orch.yml
perl -0pi -e 's/(title: Waits\n(?:    .*\n)*?    status:) new/$1 needs_review/' tasks.yml
plans 'a person to be told'
is "$(gh_violations)" '' 'all as GitHub wants it'
done_testing
