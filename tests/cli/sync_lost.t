#!/bin/sh
# orch-sync-gh when what it remembers is lost, damaged or put back from a backup, and when a
# copy of the project synchronises, too: no second issue for a task, no second task for an
# issue, no second comment for a result, and no word of a person written over.
# shellcheck source=tests/lib/sh.sh
. "$(dirname "$0")/../lib/sh.sh"
# shellcheck source=tests/lib/github.sh
. "$ROOT/tests/lib/github.sh"
export ORCH_TEST_NOSYNC=1

# A project with a task that was never done, one that was, one of a person's issue, and backups
# of the task file: "first" from before the first synchronisation, "early" from before the issue.
project
gh_start '' --state "$T/github.json"
printf 'isolation: none\ngh: {write_interval: 0}\n' >>orch.yml
orch-add -q 'Water the plants' >/dev/null
orch-add -q -a sh --command true 'Feed the cat' >/dev/null
cp tasks.yml "$T/first.yml"
orch-sync-gh -q >/dev/null
cp tasks.yml "$T/early.yml"
gh_seed '{"issues":[{"repo":"acme/app","title":"Mend the door","user":"ana","association":"MEMBER"}]}' >/dev/null
orch-run -q 2 >/dev/null
orch-sync-gh -q >/dev/null
orch-add -q 'Open the window' >/dev/null
orch-sync-gh -q >/dev/null
orch-sync-gh -q >/dev/null
gh_stop
cp -a "$T/w/p" "$T/tmpl"
cp "$T/github.json" "$T/tmpl.json"

scene() {
	gh_stop
	rm -rf "$T/w/p" "$T/w/q"
	cp -a "$T/tmpl" "$T/w/p" && cd "$T/w/p" || exit 1
	cp "$T/tmpl.json" "$T/github.json"
	gh_start empty --state "$T/github.json"
	now=0
	: >"$T/err"
	state=.orch/state/gh/github.com
	name=$(basename "$state"/*.json)
}
later() {
	gh_clock "$1"
	now=$((now + $1))
	ORCH_TEST_NOW=$(date -u -d "@$((1767323045 + now))" +%Y-%m-%dT%H:%M:%SZ) orch-sync-gh -q >>"$T/out" 2>>"$T/err"
}

# The issues with the comments that they have, and the tasks with their issues.
there() {
	gh_control dump | jq -r '.repos[0].issues | sort_by(.title)[] | "\(.title) \(.state) \([.comments[] |
		.body | capture("orch:c=[0-9a-f]*(?<k>[a-z0-9.]*)").k] | sort | join(" "))"' | sed 's/ $//'
}
here() { orch-list --json | jq -r '"\(.title) \(.gh.number)"' | sort; }
truth() {
	there
	here
	gh_violations
	jq -c .outbox "$state/$name"
}
told() {
	truth >"$T/got" 2>&1
	cmp -s "$T/want" "$T/got"
	result $? "$1" || note "$(diff "$T/want" "$T/got"; tail -n 5 "$T/err")"
}
# settles NAME: what two runs, one of them of all issues, make of it
settles() {
	later 61
	gh_clear
	gh_clock 1
	orch-sync-gh -q --full >>"$T/out" 2>>"$T/err"
	told "$1"
	is "$(gh_count '[!G]*' '*')" 0 "$1: then there is nothing to write" || note "$(gh_log '[.method,.path,.body]')"
}

scene
truth >"$T/want"
is "$(cat "$T/want")" 'Feed the cat closed .0.status .1.result
Mend the door open
Open the window open
Water the plants open
Feed the cat 2
Mend the door 3
Open the window 4
Water the plants 1
[]' 'so it is'

# What is remembered.
for what in . pin.json "github.com/$name" "github.com/${name%.json}" "github.com/${name%.json}/2.json" \
	"github.com/${name%.json}/3.json"; do
	scene
	rm -rf ".orch/state/gh/${what#.}"
	ok "without $what" orch-sync-gh -q
	settles "without $what it comes together again"
done
for text in '' '{' '[]' '{}' '{"schema":1}' '{"schema":1,"task":1,"base":[]}' '{"schema":2}' '{"schema":1,"task":"x","base":{"schema":9}}'; do
	scene
	for n in 1 2 3; do printf '%s' "$text" >"$state/${name%.json}/$n.json"; done
	ok "files that say '$text'" orch-sync-gh -q
	settles "files that say '$text' are lost files"
done
for file in "$state/$name" .orch/state/gh/pin.json; do
	scene
	printf '{"schema"' >"$file"
	exits 65 "$file: damaged it is told of" orch-sync-gh -q
	like "$(cat "$T/err")" "*${file##*/}*" 'by its name'
	is "$(gh_count '[!G]*' '*')" 0 'and nothing is written'
	rm "$file"
	orch-sync-gh -q >/dev/null 2>&1
	settles "$file: removed it comes together again"
done

# Backups of the task file.
for what in 'the old task file' 'the old task file, nothing remembered'; do
	scene
	cp "$T/first.yml" tasks.yml
	case $what in *,*) rm -rf .orch/state/gh ;; esac
	orch-sync-gh -q >/dev/null 2>"$T/err"
	later 61
	is "$(gh_dump '[.repos[0].issues[].title] | sort | join(",")')" \
		'Feed the cat,Mend the door,Open the window,Water the plants' "$what: no second issue"
	is "$(orch-list --json | jq -r .gh.number | sort | uniq -d)" '' 'no two tasks with one'
	is "$(orch-list 1,2 --json | jq -r .gh.number | tr '\n' ' ')" '1 2 ' 'those that are there have theirs again'
	orch-run -q 2 >/dev/null 2>&1
	later 1
	is "$(there | grep Feed)" 'Feed the cat closed .0.status .1.result' 'done again there is no second comment'
	is "$(gh_violations)" '' 'all as GitHub wants it'
done
scene
cp "$T/first.yml" tasks.yml
orch-add -q 'Sweep the yard' >/dev/null
new=$(orch-list -o id,title | sed -n 's/	Sweep.*//p')
orch-sync-gh -q >/dev/null 2>"$T/err"
later 61
is "$(gh_issue 3 .title) $(gh_issue 3 '.labels | length')" 'Mend the door 0' 'a new task with the number of a lost one leaves its issue alone'
is "$(orch-list "$new" -o title)" 'Sweep the yard' 'and stays itself'
is "$(gh_dump '[.repos[0].issues[] | select(.title == "Sweep the yard")] | length')" 1 'with an issue of its own'
is "$(orch-list --json | jq -r 'select(.title == "Mend the door") | .gh.number')" 3 "a person's issue has a task again"

# All of the project is lost, and the old task file is put back.
scene
cp "$T/first.yml" tasks.yml
rm -rf .orch
orch-init -q >/dev/null 2>&1
printf 'isolation: none\ngh: {write_interval: 0}\n' >orch.yml
ok 'a project from a backup' orch-sync-gh -q
later 61
is "$(gh_dump '[.repos[0].issues[].title] | sort | join(",")')" \
	'Feed the cat,Mend the door,Open the window,Water the plants' 'finds its issues, closed ones too'
is "$(orch-list --json | jq -r '"\(.title) \(.gh.number) \(.status)"' | sort)" 'Feed the cat 2 done
Mend the door 3 new
Water the plants 1 new' 'and what became of them'

# The mark stays in an issue whose file was lost.
scene
rm -rf .orch/state/gh
orch-sync-gh -q >/dev/null 2>&1
orch-set -q 1 body='Twice a week.' >/dev/null
later 1
like "$(gh_issue 1 .body)" 'Twice a week.*<!-- orch:task=* -->' 'the mark of an issue stays when its file was lost'

# A lost reply, and then everything is lost.
for what in 'state' 'task file' 'both'; do
	scene
	orch-add -q 'Sweep the yard' >/dev/null
	cp tasks.yml "$T/yard.yml"
	gh_fault '{"kind":"reset-after","method":"POST","path":"/issues$"}'
	exits 75 "$what: a lost reply" orch-sync-gh -q
	case $what in state | both) rm -rf .orch/state/gh ;; esac
	case $what in 'task file' | both) cp "$T/yard.yml" tasks.yml ;; esac
	later 1
	later 61
	later 61
	is "$(gh_dump '[.repos[0].issues[] | select(.title == "Sweep the yard")] | length')" 1 'no second issue'
	is "$(orch-list --json | jq -r 'select(.title == "Sweep the yard") | .gh.number')" 5 'it is found by its mark'
	is "$(orch-list -o id | wc -l)" 5 'and no task is made of it'
done

# Without the files of the issues, comments are looked for.
scene
orch-add -q -a sh --command true 'Sweep the yard' >/dev/null
orch-sync-gh -q >/dev/null
orch-run -q 5 >/dev/null
gh_fault '{"kind":"reset-after","method":"POST","path":"/issues/5/comments","nth":2}'
exits 75 'the reply to a result is lost' orch-sync-gh -q
rm -rf .orch/state/gh
later 1
later 61
is "$(there | grep Sweep)" 'Sweep the yard closed .0.status .1.result' 'and all else, too: it is there once'

# A number that is another one: nobody's issue is closed for that.
scene
sed -i 's,number: 1$,number: 777,' tasks.yml
gh_clear
orch-sync-gh -q >/dev/null 2>&1
later 1
is "$(gh_issue 1 .state) $(gh_count PATCH /issues/1)" 'open 0' 'a task that names another issue closes none'
# A number that somebody broke is in no URL, and stops no other task.
for bad in -1 0 1.5 '"1"' 99999999999999999999 '"1/../2"'; do
	scene
	sed "s,number: 1\$,number: $bad," tasks.yml >"$T/bad.yml"
	cp "$T/bad.yml" tasks.yml
	orch-set -q 1 title='Water them' >/dev/null
	orch-set -q 4 title='Shut the window' >/dev/null
	gh_clear
	gh_clock 1
	exits 65 "gh.number: $bad" orch-sync-gh
	like "$(cat "$T/err")" '*left: link task 1*damaged*gh.number*' 'is told, and of which task'
	is "$(gh_log 'select(.method != "GET") | .path' | sort -u)" /repos/acme/app/issues/4 'the others go on'
	case $bad in -1 | 0)
		rm -rf .orch/state/gh
		exits 65 'though nothing is remembered' orch-sync-gh -q
		is "$(gh_count POST /issues)" 0 'it gets no second issue'
		;;
	esac
	is "$(gh_violations)" '' 'all as GitHub wants it'
done

# A copy of the folder: from before an issue was made, and from later.
for when in before after; do
	scene
	[ $when = before ] || orch-sync-gh -q >/dev/null
	orch-add -q -a sh --command true 'Sweep the yard' >/dev/null
	[ $when = before ] || orch-sync-gh -q >/dev/null
	cp -a "$T/w/p" "$T/w/q"
	orch-sync-gh -q >/dev/null
	orch-run -q 5 >/dev/null
	later 1
	later 1
	cd "$T/w/q" || exit 1
	later 1
	later 1
	is "$(there | grep Sweep)" 'Sweep the yard closed .0.status .1.result' "a copy from $when the issue: the issue is one"
	is "$(orch-list 5 -o status)" 'done' 'closed in one is closed in the other'
	gh_person '{"as":"ana","issue":1,"do":"edit","title":"Water the flowers"}' >/dev/null
	later 1
	cd "$T/w/p" || exit 1
	later 1
	later 1
	gh_clear
	cd "$T/w/q" && later 1 && cd "$T/w/p" && later 1
	is "$(gh_count '[!G]*' '*')" 0 'the two come to rest' || note "$(gh_log '[.method,.path,.body]')"
	is "$(gh_issue 1 .title) $(orch-list 1 -o title)" 'Water the flowers Water the flowers' "with a person's words"
done

# ---- without a uid: an issue of that title is another's, where it is not surely the task's ----

scene
is "$(grep -c '^    uid: [0-9a-f]\{32\}$' "$T/first.yml")" 2 'where there is a tracker a task has its uid from the beginning'
mkdir "$T/w/q" && cd "$T/w/q" && git init -q . && orch-init -q
(unset GITHUB_REPO && orch-add -q 'Plain')
is "$(grep -c 'uid: ' tasks.yml)" 0 'elsewhere it has none'
orch-add -q 'Named' >/dev/null
is "$(grep -c 'uid: ' tasks.yml)" 1 'GITHUB_REPO says that there is one'
printf 'gh: {repo: acme/app}\n' >>orch.yml
(unset GITHUB_REPO && orch-add -q 'Told') >/dev/null
is "$(grep -c 'uid: ' tasks.yml)" 2 'and so does gh.repo'

# restored AGE TITLE: a project with that task, as if it was AGE seconds old and from before uids
restored() {
	rm -rf "$T/w/q"
	mkdir "$T/w/q" && cd "$T/w/q" && git init -q . && orch-init -q
	printf 'isolation: none\ngh: {write_interval: 0}\n' >>orch.yml
	ORCH_TEST_NOW=$(date -u -d "@$((1767323045 - $1))" +%Y-%m-%dT%H:%M:%SZ) orch-add -q -a sh --command true "$2" >/dev/null
	sed -i '/^    uid: /d' tasks.yml
}
goes() { orch-sync-gh -n --json 2>/dev/null | jq -r 'select(.do == "adopt" or .do == "create") | "\(.do) \(.detail)"'; }
restored 86400 'Feed the cat'
is "$(goes)" 'create Feed the cat' 'a task with the title of a closed issue gets one of its own'
ok 'in truth, too' orch-sync-gh -q
is "$(orch-list --json 1 | jq -r '"\(.status) \(.gh.number)"')" 'routed 5' 'and is not done for that'
restored 86400 'Water the plants'
is "$(goes)" 'adopt by its title' 'of an open one that is younger it takes over, and does not speak of its mark'
orch-sync-gh -q >/dev/null
is "$(orch-list --json 1 | jq .gh.number)" 1 'so it does'
restored -86400 'Water the plants'
is "$(goes)" 'create Water the plants' 'but of none that was there before the task'
done_testing
