#!/bin/sh
# orch-sync-gh and secrets: whatever field one stands in it reaches GitHub nowhere, and makes no
# difference that is written again and again; what people wrote there themselves stays theirs.
# shellcheck source=tests/lib/sh.sh
. "$(dirname "$0")/../lib/sh.sh"
# shellcheck source=tests/lib/github.sh
. "$ROOT/tests/lib/github.sh"
export ORCH_TEST_NOSYNC=1

# scene [OPTION-OF-THE-FAKE]
scene() {
	cd "$T/w" && rm -rf p && project
	gh_stop
	gh_start
	for i; do gh_option "$i"; done
	now=0
	printf 'isolation: none\nretry: {base: 1s, jitter: 0}\n' >>orch.yml
}
at() { date -u -d "@$((1767323045 + now))" +%Y-%m-%dT%H:%M:%SZ; }
sync() {
	gh_clock 1
	now=$((now + 1))
	ORCH_TEST_NOW=$(at) orch-sync-gh "$@" >>"$T/out" 2>>"$T/err"
}
writes() { gh_log 'select(.method != "GET" and (.path | test("graphql") | not)) | [.method, .path, .body]'; }
rests() {
	sync -q
	gh_clear
	sync -q
	sync -q --full
	is "$(writes)" '' "$1: then nothing is written any more"
	is "$(gh_violations)" '' 'and all was as GitHub wants it'
}
task() { orch-show --json "$1" | jq -r "$2"; }

# Each kind of field has a secret of its own, all of them of the environment.
kinds='title body label comment column field branch agent owner error reason item question'
ORCH_SECRETS=$(for kind in $kinds; do printf 'horse%scorrect\n' "$kind"; done)
export ORCH_SECRETS
s() { printf 'horse%scorrect' "$1"; }
: >"$T/out"
: >"$T/err"

for door in true false; do
	scene "{\"rest_projects\":$door}"
	gh_seed "{\"projects\":[{\"owner\":\"acme\",\"number\":2,\"title\":\"Board\",\"fields\":[{\"name\":\"Title\"},
	  {\"name\":\"$(s field)\",\"options\":[\"Backlog\",\"$(s column)\",\"Review\",\"Done\"]}]}]}" >/dev/null
	cat >>orch.yml <<END
gh:
  write_interval: 0
  owner: $(s owner)
  board: acme/2
  board_field: $(s field)
  board_pull: true
  columns: {review: [$(s column)]}
END
	mkdir -p orch.d/agents
	printf 'argv: {run: [cat, "%s"]}\n' "$T/answer" >"orch.d/agents/$(s agent).yml"
	orch-add -q -a "$(s agent)" -b "Body $(s body)" -l "l-$(s label)" --set max_attempts=3 "Title $(s title)" >/dev/null
	for how in '' --json; do orch-sync-gh -n $how >>"$T/out" 2>>"$T/err"; done
	sync -v
	printf '%s' "{\"status\":\"needs_review\",\"summary\":\"S $(s comment)\",\"accomplished\":[\"A $(s item)\"],
	 \"question\":\"Q $(s question)?\",\"reason\":\"why $(s reason)\"}" >"$T/answer"
	now=100
	gh_clock 100
	ORCH_TEST_NOW=$(at) orch-run -q 1 -- cat "$T/answer" >"$T/run" 2>&1
	# As files have it that others wrote.
	perl -pi -e "s/^    status: /    branch: $(s branch)\n    last_error: it broke, $(s error)\n    status: /" tasks.yml
	for how in '' --json; do orch-sync-gh -n $how >>"$T/out" 2>>"$T/err"; done
	sync -v --json
	is "$(gh_issue 1 '[.title, (.comments | length), (.labels | map(.name? // .) | sort | join(","))] | join("/")')" \
		'Title [redacted]/2/l-[redacted],status:needs_review' "REST board $door: all is there"
	like "$(gh_issue 1 '.comments[].body')" '*Branch: `[[]redacted[]]`*Last error*[[]redacted[]]: this task needs you*' 'as far as it may'
	is "$(gh_dump '.projects[1].items | length')" 1 'its card, too'
	rests 'secrets of ours'
	person '"issue":1,"do":"unlabel","label":"l-[redacted]"'
	sync
	is "$(task 1 '.labels // [] | length')" 0 'a label that a person takes away is away, as it was written here'
	person '"issue":1,"do":"label","label":"more"'
	sync
	is "$(task 1 '.title, .body, (.labels | join(","))')" "Title $(s title)
Body $(s body)
more" 'what a person does beside it takes no text away'
	sync status --json
	gh_log >"$T/log"
	gh_dump | grep -vF -e "\"name\": \"$(s field)\"" -e "\"name\": \"$(s column)\"" >"$T/dump"
	cat .orch/log/* .orch/state/gh/*.json .orch/state/gh/*/*.json .orch/state/gh/*/*/*.json >"$T/kept"
	for kind in $kinds; do
		is "$(grep -lF "$(s "$kind")" "$T/log" "$T/dump")" '' "REST board $door, $kind: no secret of that leaves"
		is "$(grep -hF "$(s "$kind")" "$T/out" "$T/err" "$T/kept" | grep -cvE '"fields?"|"columns?"|"options?"')" 0 'nor is it told or kept'
	done
done
unset ORCH_SECRETS

# Names of things are in paths: of those that look like a secret nothing is asked.
ghp=ghp_$(printf 'abcdefghij%s' klmnopqrstuvwxyz0123456789)
scene
exits 69 'a secret as the name of the repository' env GITHUB_REPO="acme/$ghp" orch-sync-gh
is "$(gh_log)$(cat "$T/out" "$T/err" | grep -cF "$ghp")" 0 'is sent to nobody, and not told'

# What people wrote themselves, and looks like secrets, is theirs.
SONAR_PROJECT_KEY=acme-application
export SONAR_PROJECT_KEY
scene '{"sub_issues":false}' '{"dependencies":false}'
printf 'gh: {write_interval: 0}\n' >>orch.yml
text="Rotate it: $ghp\\n\\nAuthorization: Bearer abcdefgh12345678"
gh_seed "{\"issues\":[{\"repo\":\"acme/app\",\"title\":\"Leaked $ghp\",\"body\":\"$text\",\"user\":\"ana\",
 \"association\":\"OWNER\",\"labels\":[\"bug\",\"of acme-application\",\"by $ghp\"]}]}" >/dev/null
sync -q
theirs() {
	is "$(gh_issue 1 '.title, (.body | sub("\n\n<!-- orch:(.|\n)*"; "")), (.labels | map(.name? // .) | map(select(test("status|priority") | not)) | sort | join(","))')" \
		"Leaked $ghp
$(printf "%b" "$text")
bug,by $ghp,of acme-application$2" "$1"
}
theirs 'an issue that is taken in stays as it is' ''
is "$(task 1 .title)" "Leaked $ghp" 'and so is the task'
rests 'secrets of theirs'
orch-set -q 1 priority=high labels+=z >/dev/null
sync -q
theirs 'also when its labels are written' ',z'
orch-add -q 'First' >/dev/null
orch-set -q 1 depends_on=2 >/dev/null
sync -q
sync -q # now it is known what the host has not
sync -q
like "$(gh_issue 1 .body)" '*<!-- orch:links=*Blocked by: #2*' 'and when we add to its text'
theirs 'that of the person is as it was' ',z'
rests 'a block below'
person '"issue":1,"do":"edit","title":"Lost '"$ghp"'"'
sync -q
is "$(task 1 .title)" "Lost $ghp" 'an edit comes as it is'
orch-set -q 1 title="Lost and found $ghp" >/dev/null
sync -q
is "$(gh_issue 1 .title)" 'Lost and found [redacted]' 'what is changed here leaves without the secret'
rests 'a mixture'
is "$(task 1 .title)" "Lost and found $ghp" 'here it stays'
rm -rf .orch/state/gh
sync -q
rests 'without a memory'
unset SONAR_PROJECT_KEY

# A token of an App, from a program: 400 letters with dots.
scene
part=$(perl -e 'print "Ab3_-xYz" x 40')
token=$(printf 'ghs_1234567_eyJ%.120s.eyJ%.200s.%.60s' "$part" "$part" "$part")
is "${#token}" 400 'a token that is long'
gh_seed "{\"tokens\":[{\"token\":\"$token\",\"login\":\"orch-bot\",\"scopes\":[\"repo\",\"project\"]}]}" >/dev/null
cat >"$T/vault" <<END
#!/bin/sh
{ env; tr '\\0' ' ' </proc/\$PPID/cmdline; } >>"$T/child"
cat "$T/token"
END
chmod +x "$T/vault"
printf '%s\n' "$token" >"$T/token"
cat >>orch.yml <<END
log: {level: debug}
gh: {write_interval: 0, token_command: ["$T/vault"]}
subscriptions:
  - {name: spy, topic: '*', run: [sh, -c, 'env >>"$T/child"; cat >>"$T/child"']}
END
unset GH_TOKEN
orch-add -q -b "With $token" "Say $token" >/dev/null
for file in out err child; do : >"$T/$file"; done
mkfifo "$T/held"
exec 7<>"$T/held"
gh_fault "{\"kind\":\"hold-before\",\"nth\":3,\"file\":\"$T/held\"}"
orch-sync-gh -v --json >>"$T/out" 2>>"$T/err" &
run=$!
read -r word _ <&7
is "$word" held 'a run stands still in the middle'
is "$(grep -lF -f "$T/token" /proc/[0-9]*/environ /proc/[0-9]*/cmdline 2>/dev/null)" '' 'no process has it as an argument or in its environment'
gh_release
wait $run
is $? 0 'the token is good'
exec 7>&-
orch-run -q --ready >>"$T/out" 2>>"$T/err"
is "$(gh_issue 1 '.title, (.body | sub("\n\n<!--(.|\n)*"; ""))')" 'Say [redacted]
With [redacted]' 'and stands in no text'
is "$(gh_log '.path, .body' | grep -cF "$token")" 0 'of any request'
is "$(grep -c PATH= "$T/child" | sed 's/^[1-9][0-9]*$/some/')/$(grep -cF "$token" "$T/child")" some/0 'no child gets it'
is "$(grep -rlF "$token" "$T/out" "$T/err" .orch/log .orch/state/gh .orch/events.jsonl)" '' 'it is neither told nor kept'
like "$(cat .orch/log/orch.log)" '*github: POST *' 'in a log that tells of every request'
printf 'no\n' >"$T/token"
exits 77 'a token that is not' orch-sync-gh
GH_TOKEN=t-orch-bot
export GH_TOKEN

# What stands where only words of the API and of ours can stand is no secret.
APP_SECRET=not_planned OTHER_KEY=needs_review
export APP_SECRET OTHER_KEY
scene
printf 'gh: {write_interval: 0}\n' >>orch.yml
orch-add -q 'One' >/dev/null
orch-add -q 'Two' >/dev/null
perl -0pi -e 's/status: new/status: needs_review/' tasks.yml
sync -q
orch-cancel -q 2 >/dev/null
sync -q
is "$(gh_issue 1 '.labels | map(.name? // .) | join(",")') $(gh_issue 2 .state_reason)" 'status:needs_review not_planned' 'a word'
rests 'words'
unset APP_SECRET OTHER_KEY

# Cut, a text may look like a secret that did not before.
scene
printf 'gh: {write_interval: 0}\n' >>orch.yml
long=$(perl -e 'print "a" x 230')
orch-add -q "${long}Authorization: abcdefghijklmnop is what we need" >/dev/null
sync -q
is "$(gh_issue 1 .title)" "${long}Authorization: [redacted]" 'what becomes a secret by being cut is none there'
rests 'a text that was cut'
done_testing
