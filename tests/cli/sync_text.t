#!/bin/sh
# orch-sync-gh and texts: no secret leaves, whatever field it stands in; what is too long is cut
# by code points; what agents write calls nobody and closes nothing; comments are few.
# shellcheck source=tests/lib/sh.sh
. "$(dirname "$0")/../lib/sh.sh"
# shellcheck source=tests/lib/github.sh
. "$ROOT/tests/lib/github.sh"
export ORCH_TEST_NOSYNC=1

scene() {
	cd "$T/w" && rm -rf p && project
	gh_stop
	gh_start
	now=0
	printf 'isolation: none\nmax_attempts: 3\nretry: {base: 1s, jitter: 0}\ngh:\n  write_interval: 0\n' >>orch.yml
	for i; do printf '  %s\n' "$i" >>orch.yml; done
}
at() { date -u -d "@$((1767323045 + now))" +%Y-%m-%dT%H:%M:%SZ; }
sync() {
	gh_clock 1
	now=$((now + 1))
	ORCH_TEST_NOW=$(at) orch-sync-gh "$@" >>"$T/out" 2>>"$T/err"
}
# attempt ID JSON: an attempt that ends with that result
attempt() {
	printf '%s' "$2" >"$T/result.json"
	orch-set -q "$1" agent=cmd verify=true >/dev/null
	now=$((now + 100))
	gh_clock 100
	export ORCH_TEST_NOW
	ORCH_TEST_NOW=$(at)
	orch-retry -q "$1" >/dev/null 2>&1
	orch-route -q "$1" >/dev/null 2>&1
	orch-run -q "$1" -- cat "$T/result.json" >"$T/run" 2>&1
}
# comment NUMBER KIND: the comments of that kind, as they are
comments() { gh_issue "$1" "[.comments[] | select(.body | test(\"orch:c=[0-9a-f]*[.][0-9]*[.]$2\")) | .body] | join(\"\n==\n\")"; }
count() { gh_issue "$1" '.comments | length'; }

# Secrets.
scene 'owner: ana'
: >"$T/out"
: >"$T/err"
MY_PASSWORD=hunter2hunter2 ORCH_SECRETS='under the
correcthorsebattery' GH_TOKEN=t-orch-bot
export MY_PASSWORD ORCH_SECRETS
ghp=ghp_abcdefghijklmnopqrstuvwxyz0123456789 pat=github_pat_11ABCDEFG0abcdefghijkl_0123456789abcdefghijklmnopqrstuvwxyzABCDEFG
sk=sk-ant-api03-abcdefghijklmnopqrstuvwxyz0123456789 akia=AKIAIOSFODNN7EXAMPLE
jwt=eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.abcdefghijklmnopqrstuvwxyz012345
split=$(printf 'ghp_abcdefghij\342\200\213klmnopqrstuvwxyz0123456789')
every="hunter2hunter2 correcthorsebattery $GH_TOKEN $ghp $pat $sk $akia $jwt https://bob:s3cretpass@host/x $split"
orch-add -q -b "Body: $every" -l "l-hunter2hunter2" "Title: hunter2hunter2 $ghp" >/dev/null
gh_seed "{\"issues\":[{\"repo\":\"acme/app\",\"title\":\"Strange $ghp\",\"user\":\"mallory\",\"association\":\"NONE\"},
 {\"repo\":\"acme/app\",\"title\":\"Taken $sk\",\"user\":\"ana\",\"association\":\"OWNER\"}]}" >/dev/null
orch-sync-gh -n >>"$T/out" 2>>"$T/err"
orch-sync-gh -n --json >>"$T/out" 2>>"$T/err"
sync -v
attempt 1 "{\"status\":\"needs_review\",\"summary\":\"S $every\",\"accomplished\":[\"A $every\"],\"remaining\":[\"R $every\"],
 \"blockers\":[\"B $every\"],\"files_changed\":[\"hunter2hunter2.c\"],\"question\":\"Q $every?\",\"reason\":\"why $every\"}"
sync -v --json
attempt 1 'no json at all hunter2hunter2'
orch-set -q 1 last_error="$every" branch=hunter2hunter2 2>/dev/null
sync --json
person '"issue":3,"do":"edit","title":"hunter2hunter2 theirs"'
orch-set -q 1 title="$ghp ours" >/dev/null
sync -v --json
orch-event -q subject >/dev/null 2>&1
sync status --json
sync --full -v
gh_dump >"$T/dump"
sed 's/"title": "Strange.*//; s/"title": "Taken.*//; s/hunter2hunter2 theirs//; s/"token": "t-orch-bot"//' "$T/dump" >"$T/dump2"
gh_log '.body' >"$T/bodies"
for s in hunter2hunter2 correcthorsebattery "$ghp" "$pat" "$sk" "$akia" "$jwt" s3cretpass "$split" t-orch-bot; do
	grep -qF "$s" "$T/dump2" "$T/bodies"
	is $? 1 "nothing of $s is there" || note "$(grep -hF "$s" "$T/dump2" "$T/bodies" | cut -c1-300 | head -n 3)"
	grep -qF "$s" "$T/out" "$T/err"
	is $? 1 'nor printed' || note "$(grep -hF "$s" "$T/out" "$T/err" | cut -c1-300 | head -n 3)"
	# What runs agents forgets the token, and cannot know it in what they say.
	cat .orch/log/orch.log .orch/state/gh/github.com/*.json | sed "/ orch-run .* asks: /s/$GH_TOKEN//" >"$T/kept"
	grep -qF "$s" "$T/kept"
	is $? 1 'nor in the log' || note "$(grep -F "$s" "$T/kept" | cut -c1-300 | head -n 3)"
done
like "$(comments 3 result)" '*redacted*' 'but that something was'
is "$(orch-show --json 1 | jq -r .body | grep -c hunter2hunter2)" 1 'the task keeps its text'
gh_clear
sync
is "$(gh_count '[!G]*' '*')" 0 'and nothing is written again for that' || note "$(gh_log '[.method,.path,.body]')"
unset MY_PASSWORD ORCH_SECRETS

# A question without an attempt.
scene 'owner: ana'
orch-add -q 'Ask' >/dev/null
sync -q
orch-set -q 1 reason="$ghp" 2>/dev/null
perl -pi -e "s/status: new/status: needs_review\n    question: 'Which $ghp, \\@bob? Fixes #1'/" tasks.yml
sync -q
sync -q
like "$(gh_issue 1 '.comments | map(.body) | join("\n")')" '*@ana*' 'a question without an attempt tells the owner'
is "$(gh_issue 1 '.comments | map(.body) | join("\n")' | grep -cF "$ghp")" 0 'without its secret'
is "$(gh_issue 1 '.comments | map(.body) | join("\n")' | grep -cE '@bob|#1([^0-9]|$)')" 0 'calling nobody else'
is "$(gh_issue 1 '[.comments[].body | select(test("@ana"))] | length')" 1 'once'
is "$(gh_violations)" '' 'all as GitHub wants it'

# More labels than an issue takes, and longer ones.
scene
# shellcheck disable=SC2046 # several words
orch-add -q $(seq -f '-l l%g' 101 230) -l "$(perl -e 'print "x" x 51')" 'Labels' >/dev/null
ok 'a task with too many labels' orch-sync-gh
is "$(sed -n 's/.*warning: task/task/p' "$T/err")" 'task 1 has labels that stay here: 32 of more than 100, or longer than 50 characters' 'is told'
is "$(gh_issue 1 '[.labels[] | .name? // .] | [length, index("status:new") != null, index("l101") != null, index("l230")] | @json')" '[100,true,true,null]' \
	'and gets as many as can be, ours among them'
orch-set -q 1 labels+=a-new-one priority=high >/dev/null
gh_person '{"as":"ana","issue":1,"do":"unlabel","label":"l150"}' >/dev/null
gh_clock 60
ok 'changed on both sides' orch-sync-gh
is "$(grep -c 'stay here' "$T/err") $(gh_issue 1 '.labels | length') $(orch-show --json 1 | jq -c '.labels | [length, index("l150"), index("l230") != null]')" \
	'0 100 [131,null,true]' 'it is told once, and none is lost here'
orch-sync-gh -q
gh_clear
orch-sync-gh -q
is "$(gh_count '[!G]*' '*')$(gh_violations)" 0 'then both are at rest' || note "$(gh_log '[.method,.path,.body]')"

# Sizes.
scene
long=$(perl -e 'print "\xf0\x9f\x98\x80" x 300')
orch-add -q "$long" 2>"$T/err" >/dev/null || orch-add -q "$(perl -e 'print "\xc3\xa9" x 256')" >/dev/null
perl -e 'print "\xf0\x9f\x98\x80 " x 40000' >"$T/body"
orch-add -q --body-file "$T/body" 'Long' >/dev/null 2>"$T/err" || note "$(cat "$T/err")"
exits 0 'long texts' orch-sync-gh -q
is "$(gh_violations)" '' 'are as GitHub wants them'
is "$(gh_issue 1 '.title | length > 200 and length <= 256')" true 'a title has 256 code points at most'
is "$(gh_issue 2 '.body | length > 50000 and length <= 65536')" true 'a body 65536'
like "$(gh_issue 2 .body)" '*<!-- orch:task=* -->' 'and its mark'
gh_clear
sync -q
sync -q
is "$(gh_count '[!G]*' '*')" 0 'a cut text is no change' || note "$(gh_log '[.method,.path]')"
is "$(wc -c <"$T/body" | tr -d ' ') $(orch-show --json 2 | jq -r '.body | utf8bytelength')" '200000 200000' 'here it is whole' ||
	note "$(orch-show --json 2 | jq -r '.body | utf8bytelength')"
summary=$(perl -e 'print "\xf0\x9f\x98\x80 \@bob <b>&amp;" x 4000')
attempt 1 "{\"status\":\"done\",\"summary\":\"$summary\",\"accomplished\":[$(perl -e 'print join ",", map { qq("item $_ \@bob #1 " . "x" x 500 . q(")) } 1 .. 300')]}"
ORCH_TEST_NOW=$(at) exits 0 'a long result' orch-sync-gh -q
is "$(gh_violations)" '' 'is as GitHub wants it'
is "$(gh_issue 1 '[.comments[].body | length] | max <= 65536')" true 'cut'
person '"issue":2,"do":"edit","title":"'"$(perl -e 'print "t" x 256')"'","body":"'"$(perl -e 'print "b" x 65536')"'"'
sync -q
is "$(orch-show --json 2 | jq -r '.title | length')" 256 'what people may write fits here'
is "$(orch-show --json 2 | jq -r '.body | length > 59000')" true 'but for what is more than we could add to'
is "$(gh_issue 2 '.body | length')" 65536 'there it stays as it is'
gh_clear
sync -q
is "$(gh_count '[!G]*' '*')" 0 'and is not written over' || note "$(gh_log '[.method,.path]')"

# What agents write.
scene 'owner: ana'
orch-add -q 'Talk' >/dev/null
sync -q
attempt 1 '{"status":"needs_review","summary":"Thanks @bob and @acme/team, fixes #7, closes acme/app#8, GH-9, resolves https://github.com/acme/app/issues/10 <!-- x --> <details>","accomplished":["cc @mallory #3"],"remaining":["Fixes: #4"],"blockers":["@bob"],"question":"@bob, which?","reason":"@bob must #5"}'
sync -q
text=$(comments 1 '[a-z]*')
is "$(printf '%s' "$text" | grep -oE '@(bob|acme|mallory)' | wc -l)" 0 'mentions of agents call nobody' || note "$text"
is "$(printf '%s' "$text" | grep -oE '(^|[^&])#[0-9]|GH-[0-9]' | wc -l)" 0 'their numbers link nothing' || note "$text"
is "$(printf '%s' "$text" | grep -oE '(^|[^`])https://github.com/acme/app/issues' | wc -l)" 0 'nor do their addresses' || note "$text"
is "$(printf '%s' "$text" | grep -o '@ana' | wc -l)" 1 'the owner is called'
is "$(printf '%s' "$text" | grep -o '<!-- ' | wc -l)" 2 'and only our marks are hidden'
# Once for each time that it comes to need somebody.
sync -q
sync -q --full
is "$(comments 1 '[a-z]*' | grep -o '@ana' | wc -l) $(count 1)" '1 2' 'once, not with each run'
status=$(gh_issue 1 '.comments[] | select(.body | test("[.]0[.]status")) | .id')
attempt 1 '{"status":"needs_review","summary":"Again","question":"Which now?"}'
sync -q
is "$(comments 1 '[a-z]*' | grep -o '@ana' | wc -l) $(count 1)" '2 3' 'again for the next time'
is "$(gh_issue 1 '.comments[] | select(.body | test("[.]0[.]status")) | .id')" "$status" 'the comment with the state is one, edited in place'
like "$(comments 1 status)" '*Attempts: 2*' 'and up to date'
attempt 1 '{"status":"done","summary":"Done"}'
sync -q
is "$(comments 1 '[a-z]*' | grep -o '@ana' | wc -l) $(count 1)" '2 4' 'when it is done nobody is called'
is "$(gh_violations)" '' 'all as GitHub wants it'

# People delete comments.
person "\"issue\":1,\"do\":\"delete-comment\",\"comment\":$(gh_issue 1 '.comments[] | select(.body | test("[.]1[.]result")) | .id')"
person "\"issue\":1,\"do\":\"delete-comment\",\"comment\":$status"
orch-set -q 1 priority=high >/dev/null
sync -q
attempt 1 '{"status":"done","summary":"Once more"}'
sync -q
sync -q
is "$(comments 1 result | grep -c 'Attempt 1')" 0 'a result that a person deleted stays away'
is "$(gh_issue 1 '[.comments[] | select(.body | test("[.]0[.]status"))] | length')" 1 'the state gets a new comment, one'

# To mention oneself notifies nobody.
scene 'owner: orch-bot'
orch-add -q 'Self' >/dev/null
sync -q
attempt 1 '{"status":"needs_review","question":"Which?"}'
sync -q
is "$(gh_issue 1 '[.labels[] | .name? // .] | map(select(. == "needs-human")) | length') $(gh_issue 1 '.assignees | join(",")')" '1 orch-bot' \
	'an owner whose token it is gets a label and is assigned'
gh_clear
sync -q
sync -q
is "$(gh_count '[!G]*' '*')" 0 'once' || note "$(gh_log '[.method,.path,.body]')"
calls() { gh_issue 1 '[([.labels[] | .name? // .] | map(select(. == "needs-human")) | length), (.assignees | join(","))] | map(tostring) | join(" ")'; }
orch-set -q 1 priority=high >/dev/null
sync -q
is "$(calls)" '1 orch-bot' 'and keeps both while it waits'
is "$(orch-show --json 1 | jq -c .labels)" null 'which is no label of the task'
orch-answer -q 1 'This one' >/dev/null
sync -q
is "$(calls)" '0 ' 'answered: both are taken back'
attempt 1 '{"status":"needs_review","question":"And then?"}'
gh_clear
sync -q
is "$(calls) $(gh_count POST '/issues/1/labels') $(gh_count POST '/issues/1/assignees')" '1 orch-bot 1 1' 'so that the next question is news'
attempt 1 '{"status":"needs_review","question":"And what else?"}'
gh_clear
sync -q
is "$(calls) $(gh_count POST '/issues/1/assignees')" '1 orch-bot 1' 'as is one right behind it'
is "$(gh_violations)" '' 'all as GitHub wants it'
scene 'owner: orch-bot'
gh_seed '{"issues":[{"repo":"acme/app","title":"Theirs","user":"ana","association":"OWNER","labels":["needs-human"],"assignees":["orch-bot"]}]}' >/dev/null
sync -q
orch-set -q 1 priority=high >/dev/null
sync -q
is "$(calls)" '1 orch-bot' 'what a person set stays'

# Who is told: a login, as it is or as it is mentioned, or a team.
for who in "'@ana'" acme/team; do
	scene "owner: $who"
	orch-add -q 'Ask' >/dev/null
	perl -pi -e "s/status: new/status: failed/" tasks.yml
	sync -q
	is "$(gh_issue 1 '.state, (.labels[] | .name? // .)')" 'open
status:failed' 'what failed before it was published gets an issue'
	is "$(gh_issue 1 '.comments | map(.body) | join("\n")' | grep -oE '@@?[a-z/]*' | sort -u)" "@$(echo "$who" | tr -d "@'")" "gh.owner: $who is told"
done
for who in "'a b'" "'@'" "'@ana/'" a/b/c "'-x'"; do
	scene "owner: $who"
	exits 78 "gh.owner: $who is nobody" orch-sync-gh
	like "$(cat "$T/err")" '*gh.owner*' 'and the key is named'
done

# Locked issues, and issues that are full.
for how in lock full; do
	scene
	gh_seed '{"issues":[{"repo":"acme/app","title":"Talk","user":"ana","association":"OWNER"}]}' >/dev/null
	sync -q
	attempt 1 '{"status":"done","summary":"Done"}'
	case $how in
	lock) gh_fault '{"kind":"status","status":403,"message":"Unable to create comment because issue is locked.","method":"POST","path":"/issues/1/comments","times":0}' ;;
	full) gh_fault '{"kind":"status","status":403,"message":"Commenting is disabled on issues with more than 2500 comments","method":"POST","path":"/issues/1/comments","times":0}' ;;
	esac
	: >"$T/err"
	sync
	like "$(cat "$T/err")" '*left: comment*' "$how: it is told"
	is "$(gh_issue 1 .state)" closed 'and the rest is done'
	: >"$T/err"
	gh_clock 1
	ORCH_TEST_NOW=$(at) exits 0 'it is told once' orch-sync-gh
	is "$(gh_count POST '/issues/1/comments')" 1 'and not tried with each run'
	gh_control clear-faults '{}' >/dev/null
	now=$((now + 90000))
	gh_clock 90000
	sync -q
	is "$(count 1)" 2 'the next day it is' || note "$(cat "$T/err")"
done

# The breaker.
scene
gh_seed '{"issues":[{"repo":"acme/app","title":"Storm","user":"ana","association":"OWNER"}]}' >/dev/null
sed -i 's/^max_attempts: 3$/max_attempts: 100/' orch.yml
sync -q
i=0
while [ $i -lt 14 ]; do
	i=$((i + 1))
	attempt 1 '{"status":"done","summary":"Done"}'
	sync
	rc=$?
done
is "$(count 1) $rc" '10 75' 'ten comments in an hour, what is too much waits'
like "$(tail -n 1 "$T/err")" '*10 comments within an hour*' 'which is told'
now=$((now + 3600))
gh_clock 3600
attempt 1 '{"status":"done","summary":"Done"}'
sync -q
is "$(count 1)" 11 'then some more'
file=$(echo .orch/state/gh/github.com/*/1.json)
jq -c '.made = 99' "$file" >"$T/f" && cat "$T/f" >"$file"
attempt 1 '{"status":"done","summary":"Done"}'
: >"$T/err"
sync
is "$? $(count 1) $(cat "$T/err")" '0 12 orch-sync-gh: warning: left: comment task 1 #1: the issue has 100 comments of ours: that was the last' \
	'a hundred in all, which is told'
attempt 1 '{"status":"needs_review","question":"Why?"}'
person '"issue":1,"do":"comment","body":"/priority soon","association":"OWNER"'
: >"$T/err"
sync
is "$? $(gh_issue 1 '[.comments[] | select(.user != "ana")] | length') $(cat "$T/err")" '0 12 ' 'then none, and no run is blamed for it'
is "$(gh_issue 1 '.comments[-1].reactions[].content')" confused 'a sign answers what is no command'
like "$(comments 1 status)" '*needs review*' 'the state is told as before'
like "$(ORCH_TEST_NOW=$(at) orch-sync-gh status)" '*held	task 1 #1: it has 100 comments of ours*' 'status says why'
person '"issue":1,"do":"comment","body":"/priority low","association":"OWNER"'
sync
is "$? $(orch-list 1 --json | jq -r .priority)" '0 low' 'and commands go on'
# Comments are nothing that tasks get.
is "$(gh_violations)" '' 'all as GitHub wants it'

# ---- what an agent asks for becomes issues, whose words are its own ----

scene
orch-add -q Whole >/dev/null
sync -q
mark="<!-- orch:task=$(orch-show --json 1 | jq -r .uid) -->"
title='Tell @acme/team of #1, Vec<T> in `x`'
body="cc @bob, fixes #1: <img src=x> $mark
and $mark"
attempt 1 "$(jq -nc --arg t "$title" --arg b "$body" '{status: "in_progress", summary: "Parts",
	delegations: [{title: $t, body: $b}, {title: "\u200b\u202e", body: "Plain text."}]}')"
is "$(orch-list --json 2 | jq -r '.created_by, .title')" "agent of task 1
$title" 'a part has what was asked for, and says whose agent did'
sync -q
like "$(gh_issue 2 .title)" 'Tell @?*acme/team of #?*1, Vec<T> in `x`' 'its title calls nobody, and is else as it was'
like "$(gh_issue 2 .body)" 'cc @?*bob, fixes #?*1: &lt;img src=x>*and*' 'nor does its body, which hides nothing'
is "$(gh_issue 2 .body | grep -c orch:task=)$(gh_issue 2 .body | grep -cF -- "$mark")" 10 'and bears its own mark alone'
is "$(gh_issue 3 .title)" '(no title)' 'one of which nothing is seen has a title, too'
like "$(gh_issue 3 .body)" 'Plain text.*' 'plain text stays plain'
gh_clear
sync -q
sync -q --full
rm -rf .orch/state/gh
sync -q
sync -q --full
is "$(gh_count PATCH '/issues/[0-9]') $(orch-list --json 2 | jq -r .title)" "0 $title" 'neither side is changed by that, with what is remembered or without'
person '"issue":2,"do":"edit","body":"Ask @bob <b>twice</b> of #1"'
sync -q
is "$(orch-list --json 2 | jq -r .body)" 'Ask @bob <b>twice</b> of #1' 'what a person writes there comes in'
gh_clear
sync -q --full
is "$(gh_count '[!G]*' '*') $(gh_issue 2 .body)" '0 Ask @bob <b>twice</b> of #1' 'and stays there as it is'
orch-add -q -b "As in
$mark" "A person's" >/dev/null
sync -q
is "$(gh_issue 4 .body | grep -o 'task=[0-9a-f]*')" "task=$(orch-show --json 4 | jq -r .uid)" "nor has a person's the mark of another"
gh_clear
sync -q --full
is "$(gh_count '[!G]*' '*') $(gh_violations)" '0 ' 'then there is nothing to write'
done_testing
