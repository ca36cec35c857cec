#!/bin/sh
# Which repository a project goes with, and issues that are not where they were: nothing is ever
# written to another one, and nothing is made a second time.
# shellcheck source=tests/lib/sh.sh
. "$(dirname "$0")/../lib/sh.sh"
# shellcheck source=tests/lib/github.sh
. "$ROOT/tests/lib/github.sh"
export ORCH_TEST_NOSYNC=1

writes() { gh_count '[!G]*' '*'; }
sums() { cat tasks.yml .orch/state/gh/*/*/*.json | cksum; }
status() { orch-sync-gh status --json | jq -c "$1"; }
people='"collaborators":{"orch-bot":"write","ana":"admin"}'

gh_start
project
printf 'isolation: none\ngh: {write_interval: 0, repo: acme/app}\n' >>orch.yml
gh_seed '{"issues":[
 {"repo":"acme/app","title":"One","user":"ana","association":"MEMBER"},
 {"repo":"acme/app","title":"Two","user":"ana","association":"MEMBER"}]}' >/dev/null

# --- its name
unset GITHUB_REPO
ok 'gh.repo names it' orch-sync-gh -q
exits 69 'GITHUB_REPO goes before it' env GITHUB_REPO=acme/none orch-sync-gh -q
like "$(cat "$T/err")" '*acme/none*' 'with its name'
for name in '' acme /app acme/ acme/app/x ../app acme/.. 'acme/a b' 'acme/app?x' 'acme/%61pp'; do
	printf 'gh: {repo: "%s"}\n' "$name" >../named.yml
	mkdir -p ../named && (cd ../named && { [ -d .orch ] || project . >/dev/null; } && cp ../named.yml orch.yml)
	exits 78 "no repository is called '$name'" orch-sync-gh -q -C ../named
done
later 600

# --- renamed
person '"do":"rename","to":"application"'
person '"repo":"acme/application","issue":1,"do":"edit","title":"One more"'
orch-set -q 2 title='Two more' >/dev/null
gh_clear
ok 'the repository is renamed' orch-sync-gh
like "$(cat "$T/err")" '*called acme/application now*' 'which is told'
is "$(orch-list -o title)" 'One more
Two more' 'what changed comes in'
is "$(gh_dump '.repos[0].issues[1].title')" 'Two more' 'and is written'
is "$(status .repo)" '"acme/application"' 'the name is noted'
later 600
orch-sync-gh -q
orch-sync-gh -q
gh_clear
ok 'from then on' orch-sync-gh
is "$(gh_log '[.path, .status]') $(cat "$T/err")" '["/repos/acme/application/issues",304] ' \
	'it costs nothing that orch.yml has the former name'
# In the middle of a run that writes.
orch-set -q 1 title='One again' >/dev/null
person '"repo":"acme/application","do":"rename","to":"app2"'
gh_clear
ok 'only what is written is redirected' orch-sync-gh push
is "$(gh_dump '.repos[0].issues[0].title')" 'One again' 'it is written'
ok 'again' orch-sync-gh -q
is "$(status .repo)" '"acme/app2"' 'and that name is noted, too'
sed -i 's,acme/app}*,acme/app2,; s,app2$,app2},' orch.yml
ok 'orch.yml may have the new one' orch-sync-gh -q
later 600

# --- another one of the same name
sums >"$T/sums"
person '"repo":"acme/app2","do":"rename","to":"moved"'
gh_seed "{\"repos\":[{\"owner\":\"acme\",\"name\":\"app2\",$people}],\"issues\":[
 {\"repo\":\"acme/app2\",\"title\":\"Stranger\",\"user\":\"ana\",\"association\":\"MEMBER\"}]}" >/dev/null
orch-set -q 1 title='One for all' >/dev/null
orch-add -q 'A third' >/dev/null
sums >"$T/sums"
for arg in '' pull push --full -n 'push --full'; do
	gh_clear
	# shellcheck disable=SC2086 # two words are two
	exits 78 "another repository of that name: $arg" orch-sync-gh $arg
	like "$(cat "$T/err")" '*acme/app2*another*number*' 'is told'
	is "$(writes) $(sums)" "0 $(cat "$T/sums")" 'and nothing is changed, here or there'
done
person '"repo":"acme/app2","issue":1,"do":"edit","title":"Stranger still"'
exits 78 'as often as it is tried' orch-sync-gh -q
exits 78 'nor is an issue of it linked' orch-sync-gh -q link 3 1
sed -i 's,acme/app2,acme/moved,' orch.yml
exits 0 'by its new name it is found' orch-sync-gh -q
is "$(gh_dump '.repos[] | select(.name == "moved") | .issues | map(.title) | join(",")')" 'One for all,Two more,A third' \
	'and all is written'
is "$(gh_dump '.repos[] | select(.name == "app2") | .issues | map(.title) | join(",")')" 'Stranger still' 'where it belongs'

# --- another one is named
sums >"$T/sums"
gh_clear
exits 78 'another repository is named' env GITHUB_REPO=acme/app2 orch-sync-gh
like "$(cat "$T/err")" '*acme/app2*number*acme/moved*number*' 'both are told'
sed -i 's,acme/moved,acme/app2,' orch.yml
exits 78 'in orch.yml as well' orch-sync-gh
is "$(writes) $(sums)" "0 $(cat "$T/sums")" 'nothing is changed'
sed -i 's,acme/app2,acme/moved,' orch.yml

# What is noted goes into paths, and is no less checked than what is named.
cp .orch/state/gh/pin.json "$T/pin.json"
gh_clear
for change in '.repo = "../x/y"' '.repo = "acme/.."' '.repo = "acme/a?x"' '.host = "../../x"' '.id = 0'; do
	jq -c "$change" "$T/pin.json" >.orch/state/gh/pin.json
	exits 65 "a pin that says $change" orch-sync-gh
	like "$(cat "$T/err")" '*pin.json*' 'is named'
done
is "$(gh_log .path)" '' 'and nobody is asked'
cp "$T/pin.json" .orch/state/gh/pin.json

# A task of another repository: a file that was copied, or a branch that was merged.
mkdir ../second && cd ../second && project . && printf 'gh: {write_interval: 0, repo: acme/app2}\n' >>orch.yml
ok 'a second project has its own repository' orch-sync-gh -q
is "$(orch-list -o title)" 'Stranger still' 'and its own tasks'
orch-sync-gh -q
cp ../p/tasks.yml tasks.yml
orch-set -q 1 labels+=x >/dev/null 2>&1
gh_clear
exits 78 'tasks of the first in it' orch-sync-gh
like "$(cat "$T/err")" '*task [0-9]* belongs*unlink*' 'are told, and what helps'
is "$(writes)" 0 'and nothing is made of them'
ok 'they can be let go' orch-sync-gh -q unlink all
ok 'then all is well' orch-sync-gh -q
is "$(gh_dump '.repos[] | select(.name == "app2") | .issues | length')" 1 'without an issue more'
cd ../p || exit 1
ok 'the first knows nothing of it' orch-sync-gh -q
is "$(orch-list -o title)" 'One for all
Two more
A third' 'its tasks are its own'

# --- issues that are gone
gh_seed "{\"repos\":[{\"owner\":\"beta\",\"name\":\"else\",$people}],
 \"issues\":[{\"repo\":\"acme/moved\",\"title\":\"Gone\",\"user\":\"ana\",\"association\":\"MEMBER\",\"count\":6}]}" >/dev/null
orch-sync-gh -q >/dev/null
is "$(orch-show --json 9 | jq -r .title)" 'Gone 6' 'six more'
later 600
orch-sync-gh -q; orch-sync-gh -q
M='"repo":"acme/moved"'
person "$M,\"issue\":4,\"do\":\"transfer\",\"to\":\"beta/else\""
person "$M,\"issue\":5,\"do\":\"delete\""
person "$M,\"issue\":6,\"do\":\"delete\",\"hidden\":true"
gh_clear
ok 'where nobody asks they are not missed' orch-sync-gh -q
ok 'in a list of all they are' orch-sync-gh --full
is "$(sed -n 's/.*warning: //p' "$T/err")" "issue 4 of task 4 is transferred: the task goes on without it
issue 5 of task 5 is deleted: the task goes on without it
issue 6 is not there, or the token may not see it: task 6 goes on without it; it is looked for again once a day, and 'orch-sync-gh link 6 6' does that now" 'which is told'
ok 'again' orch-sync-gh --full
is "$(grep -c warning: "$T/err")" 0 'once'
is "$(status '[.held[] | [.number, .why]]')" '[[4,"transferred"],[5,"deleted"],[6,"missing"]]' 'each with what became of it'
is "$(orch-list -o status 4..6 | sort -u)" new 'the tasks go on'
gh_clear
orch-set -q 4 title='Gone on 4' >/dev/null
orch-set -q 5 title='Gone on 5' >/dev/null
orch-set -q 6 title='Gone on 6' >/dev/null
orch-set -q 7 title='Still there' >/dev/null
ok 'and the others' orch-sync-gh -q
is "$(writes) $(gh_count POST '*')" '1 0' 'nothing is written to them, nothing made for them'
is "$(gh_dump '.repos[] | select(.name == "moved") | .issues[6].title')" 'Still there' 'others are written'
is "$(gh_dump '.repos[] | select(.name == "else") | .issues[].title')" 'Gone 1' 'least of all where one was taken'
orch-sync-gh -q --full; orch-sync-gh -q --full
is "$(orch-list -o id | wc -l | tr -d ' ') $(gh_count POST '*')" '9 0' 'never'

# The same, found out by writing.
later 600
person "$M,\"issue\":7,\"do\":\"transfer\",\"to\":\"beta/else\""
person "$M,\"issue\":8,\"do\":\"delete\""
person "$M,\"issue\":9,\"do\":\"delete\",\"hidden\":true"
for i in 1 7 8 9; do orch-set -q $i title="Late $i" >/dev/null; done
gh_clear
ok 'writing to what is gone' orch-sync-gh
like "$(cat "$T/err")$(orch-sync-gh status)" '*task 7 #7: transferred*task 8 #8: deleted*task 9 #9: missing*' 'finds it out'
is "$(gh_dump '.repos[] | select(.name == "else") | .issues | map(.title) | join(",")')" 'Gone 1,Still there' 'and writes nothing elsewhere'
is "$(gh_dump '.repos[] | select(.name == "moved") | .issues[0].title')" 'Late 1' 'the others are written'
gh_clear
ok 'once' orch-sync-gh -q
is "$(writes)" 0 'is enough'
exits 2 'nothing is linked with what is gone' orch-sync-gh link 3 5
exits 2 'or was taken elsewhere' orch-sync-gh link 3 4
gh_seed '{"issues":[{"repo":"beta/else","title":"Filler","count":7},{"repo":"acme/moved","title":"Same","user":"ana"}]}' >/dev/null
person "$M,\"issue\":10,\"do\":\"transfer\",\"to\":\"beta/else\""
is "$(gh_dump '.repos[] | select(.name == "moved") | .issues[9].moved.number')" 10 'not even if it has the same number there'
exits 2 'it is another one' orch-sync-gh link 3 10
is "$(gh_violations)" '' 'all as GitHub wants it'

# Not there, twice within a run: a permission that came back, a replica that lagged.
for how in list --full; do
	later 600
	orch-sync-gh -q >/dev/null
	orch-set -q 1 title="Not there, $how" >/dev/null
	gh_fault '{"kind":"status","status":404,"path":"/issues/1$","times":2}'
	orch-sync-gh >"$T/out" 2>"$T/err"
	is "$(grep -c "not there.*task 1 .*orch-sync-gh link 1 1'" "$T/err")" 1 'that an issue is missing is told, and what helps'
	is "$(status '.held[] | select(.number == 1) | .why')" '"missing"' 'status says so'
	orch-sync-gh >"$T/out" 2>"$T/err"
	is "$(grep -c 'not there' "$T/err")" 0 'once'
	person "$M,\"issue\":1,\"do\":\"label\",\"label\":\"by-ana-$how\""
	later 600
	# In the last case it is in no list of what changed.
	[ $how = list ] || gh_fault '{"kind":"empty-list","path":"/issues$","times":0}'
	orch-sync-gh -q --full >/dev/null 2>&1
	gh_control clear-faults '{}' >/dev/null
	orch-sync-gh -q >/dev/null
	is "$(orch-show --json 1 | jq -c --arg l "by-ana-$how" '[.title, (.labels | index($l) != null)]')" \
		"[\"Not there, $how\",true]" "$how: when it is there again what people do comes in"
	is "$(gh_dump '.repos[] | select(.name == "moved") | .issues[0].title') $(status '[.held[] | select(.number == 1)] | length')" \
		"Not there, $how 0" 'and what we do goes out'
done
is "$(gh_violations)" '' 'all as GitHub wants it'

# --- the repository itself is gone
person "$M,\"do\":\"delete-repo\""
sums >"$T/sums"
for arg in '' --full; do
	exits 69 "the repository is gone: $arg" orch-sync-gh -q $arg
	is "$(sums)" "$(cat "$T/sums")" 'nothing is concluded from that'
done
gh_seed "{\"repos\":[{\"owner\":\"acme\",\"name\":\"moved\",$people}]}" >/dev/null
for arg in '' --full push; do
	exits 78 "an empty one of its name: $arg" orch-sync-gh -q $arg
	is "$(sums)" "$(cat "$T/sums")" 'nor from that'
done
done_testing
