#!/bin/sh
# One attempt: what it is given, what is made of each ending, what is kept of it.
# shellcheck source=tests/lib/sh.sh
. "$(dirname "$0")/../lib/sh.sh"
# shellcheck source=tests/data/cli/lib.sh
. "$ROOT/tests/data/cli/lib.sh"
export ORCH_TEST_NOSYNC=1
FAKE=$ROOT/tests/fake

# ends NAME STATUS CLASS EXIT CMD ARG..: a new task, run once by that command as its agent.
# $id is the task; $more are further fields of it.
more=
ends() {
	name=$1 want_status=$2 want_class=$3 want_exit=$4
	shift 4
	# shellcheck disable=SC2086 # options without blanks in them
	id=$(orch-add $more "$name") && got=0
	orch-run "$id" -- "$@" >"$T/out" 2>"$T/err" </dev/null || got=$?
	now=$(orch-list "$id" -o status,error_class,attempts)
	is "$got/$now" "$want_exit/$(printf '%s\t%s\t1' "$want_status" "$want_class")" "$name" ||
		note "$(cat "$T/err" ".orch/runs/$id/1/outcome.json" 2>&1)"
	run=.orch/runs/$id/1
}

# says TEXT: an agent that ends well and prints that
says() { printf 'cat >/dev/null; printf %%s '; printf "'%s'" "$1"; }

project
printf 'retry: {jitter: 0}\ngrace: 1s\n' >orch.yml
git add orch.yml && git commit -qm 'Configuration'

# What is well.
ends 'done, with nothing to check it' in_review '' 0 "$FAKE/ok"
is "$(cat "$T/out")" "$id" 'the id is printed'
is "$(field "$id" reason)" unchecked 'it waits for a person'
like "$(field "$id" summary)" 'read * bytes' 'the summary is kept'
is "$(field "$id" 'accomplished | tostring')" '["all of it"]' 'and what was done'
is "$(find "$run" -maxdepth 1 -printf '%f\n' | LC_ALL=C sort | tr '\n' ' ')" \
	'1 argv attempt.json container.json env out outcome.json prompt.md result.json stderr stdout system.md tmp ' 'the run folder'
is "$(find "$run" ! -perm -0400 -o -perm /077)" '' 'which is private'
is "$(jq -c '[.task, .attempt, .agent]' "$run/attempt.json")" "[$id,1,\"cmd\"]" 'attempt.json'
like "$(cat "$run/stdout")" '{"status":"done"*' 'the output is kept'
is "$(head -n 1 "$run/argv")" "$FAKE/ok" 'and the command line'
is "$(field "$id" 'history | map(.status) | tostring')" '["routed","in_progress","in_review"]' 'the history'
is "$(jq -r "select(.task == $id) | .topic" .orch/events.jsonl | tr '\n' ' ')" \
	'task.new task.routed task.in_progress task.in_review ' 'the events'

more='--verify true'
ends 'done, and checked' 'done' '' 0 "$FAKE/ok"
is "$(field "$id" reason)" - 'without a reason'
more='--verify false'
ends 'done, it says, but the check fails' routed verify_failed 75 "$FAKE/ok"
is "$(cat "$T/out")" '' 'its id is not printed'
is "$(field "$id" retry_at)" 2026-01-02T03:05:05Z 'it is retried after a pause'
like "$(field "$id" last_error)" "*'false'*1*" 'the check is named'
[ -e "$run/verify-1.stdout" ]
result $? 'and what it printed is kept'
more=
printf 'accept: unchecked\n' >>orch.yml
ends 'unchecked is accepted' 'done' '' 0 "$FAKE/ok"
like "$(field "$id" reason)" '*unchecked*' 'and it says so'
sed -i '/^accept/d' orch.yml
ends 'an answer in the file' in_review '' 0 sh -c 'printf "{\"status\":\"done\",\"summary\":\"x\"}" >"$ORCH_RESULT"; echo noise'
is "$(field "$id" summary)" x 'counts before the output'
ends 'an answer after prose, in a fence' in_review '' 0 sh -c \
	'printf "I did {it}.\n\`\`\`json\n{\"status\":\"done\",\"summary\":\"y\"}\n\`\`\`\nBye.\n"'
is "$(field "$id" summary)" y 'is found'
ends 'unknown keys' in_review '' 0 sh -c "$(says '{"status":"done","summary":"z","id":1,"agent":"x","attempts":0}')"
is "$(orch-list "$id" -o agent,attempts)" "$(printf 'cmd\t1')" 'are dropped'

# What is not: never done.
ends 'exit 3' routed crashed 75 "$FAKE/fails"
like "$(field "$id" last_error)" '*something is missing*' 'with what it complained of'
like "$(cat "$run/stdout" "$run/stderr")" '*half an answer*something is missing*' 'all of it kept'
ends 'exit 1 with a good answer' routed crashed 75 sh -c "$(says '{"status":"done","summary":"z"}'); exit 1"
ends 'a signal' routed crashed 75 sh -c 'kill -SEGV $$'
ends 'prose' routed invalid_output 75 "$FAKE/prose"
like "$(cat "$run/stdout")" '*Everything works now*' 'kept as it was'
ends 'garbage' routed invalid_output 75 "$FAKE/garbage"
"$FAKE/garbage" | cmp -s - "$run/stdout"
result $? 'kept to the byte'
ends 'nothing' routed invalid_output 75 "$FAKE/empty"
while IFS='	' read -r class answer; do
	want=75 to=routed
	case $class in asks) want=69 to=needs_review class= ;; continue) class= ;; esac
	ends "$answer" "$to" "$class" "$want" sh -c "$(says "$answer")"
done <<'END'
invalid_output	{"status":"Done","summary":"x"}
invalid_output	{"status":"finished","summary":"x"}
invalid_output	{"status":null,"summary":"x"}
invalid_output	{"status":["done"],"summary":"x"}
invalid_output	{"status":"done","summary":5}
invalid_output	{"status":"done","summary":"x","accomplished":"all"}
invalid_output	{"summary":"x"}
invalid_output	{}
invalid_output	[{"status":"done","summary":"x"}]
invalid_output	"done"
invalid_output	{"status":"done","summary":"x"
invalid_output	<html>{"status":"done"</html>
no_work	{"status":"done"}
no_work	{"status":"done","summary":"  "}
continue	{"status":"in_progress","summary":"half"}
asks	{"status":"blocked","reason":"no key"}
asks	{"status":"needs_review","summary":"look"}
asks	{"status":"done","summary":"x","question":"Which one?"}
asks	{"status":"done","summary":"x","needs_help":true}
END
ends 'a question' needs_review '' 69 sh -c "$(says '{"status":"needs_review","question":"Which port?"}')"
is "$(field "$id" question)" 'Which port?' 'is kept for a person'
sed -i 's/^    question: .*/&\n    answer: "80"/; s/^    status: needs_review/    status: routed/' tasks.yml
exits 69 'a second one' orch-run "$id" -- sh -c "$(says '{"status":"blocked","reason":"No key for it"}')"
is "$(orch-list "$id" -o question,answer)" "$(printf 'No key for it\t')" 'is open, and what it lacks is the question'
ends 'a question from one that crashes' routed crashed 75 sh -c "$(says '{"status":"done","question":"Which?"}'); exit 1"
is "$(field "$id" question)" - 'is none: nobody waits for the answer'
ends 'an answer file that is a link' routed invalid_output 75 sh -c \
	'printf "{\"status\":\"done\",\"summary\":\"x\"}" >"$TMPDIR/a" && ln -s "$TMPDIR/a" "$ORCH_RESULT"'
ends 'an answer file that is a FIFO' routed invalid_output 75 sh -c 'mkfifo "$ORCH_RESULT"'
ends 'an answer file of 2 MiB' routed invalid_output 75 sh -c 'head -c 2097152 /dev/zero >"$ORCH_RESULT"'
more='--set produces=commits'
ends 'commits are wanted, there is none' routed no_work 75 "$FAKE/ok"
ends 'commits are wanted, there is one' in_review '' 0 sh -c \
	"echo x >x && git add x && git commit -qm x >&2; $(says '{"status":"done"}')"
more=
FAKE_BYTES=3000000 ORCH_ENV=FAKE_BYTES ends 'three megabytes of output' routed invalid_output 75 "$FAKE/flood"
size=$(wc -c <"$run/stdout")
[ "$size" -lt 1200000 ] && [ "$size" -gt 1000000 ]
result $? 'head and tail are kept' || note "$size bytes"
is "$(jq .stdout_bytes "$run/result.json")" 3000000 'all are counted'
ends 'an error in letters of two bytes, long' routed crashed 75 sh -c \
	'perl -e "print STDERR qq(error: ) . qq(\xc3\xa9) x 600, qq(\n)"; exit 4'
ends 'the same, one byte further' routed crashed 75 sh -c \
	'perl -e "print STDERR qq(error:  ) . qq(\xc3\xa9) x 600, qq(\n)"; exit 4'
# What it is given.
id=$(orch-add --body 'The body of it' 'Look around')
export GITHUB_TOKEN=secret GH_TOKEN=secret LD_PRELOAD='' GIT_DIR_X=1 SECRET=1 MINE=1 BASH_ENV=/nowhere
ORCH_ENV=MINE,GITHUB_TOKEN orch-run "$id" -- sh -c '
	env >"$ORCH_OUT/env"; perl -e "opendir D, q(/proc/self/fd); print map { readlink(qq(/proc/self/fd/\$_)) =~ m(/proc/|^$) ? () : qq(\$_\n) } readdir D" >"$ORCH_OUT/fd"; umask >"$ORCH_OUT/umask"; pwd -P >"$ORCH_OUT/pwd"
	cat >"$ORCH_OUT/stdin"; git rev-parse --abbrev-ref HEAD >"$ORCH_OUT/branch"; ulimit -c >"$ORCH_OUT/core"
	cat /proc/self/status >"$ORCH_OUT/proc"; echo leftover >"left over"; echo x >"$TMPDIR/t"
	printf "{\"status\":\"done\",\"summary\":\"seen\"}"' 8</etc/hostname 9</etc/hostname >/dev/null 2>"$T/err"
unset GITHUB_TOKEN GH_TOKEN LD_PRELOAD GIT_DIR_X SECRET MINE BASH_ENV
is "$?/$(status "$id")" 0/in_review 'an agent that looks around' || note "$(cat "$T/err")"
run=$PWD/.orch/runs/$id/1 tree=$(field "$id" worktree)
is "$(sed -n 's/=.*//p' "$run/out/env" | grep -E 'TOKEN|SECRET|LD_|GIT_|BASH_ENV')" '' 'no secret, no LD_*, no GIT_*'
for want in MINE=1 "HOME=$HOME" "ORCH_TASK=$id" "ORCH_ATTEMPT=$id/1" "ORCH_PROJECT=$PWD" "ORCH_WORKTREE=$tree" \
	"ORCH_BRANCH=orch/$id-look-around" "ORCH_PROMPT=$run/prompt.md" "ORCH_RESULT=$run/out/result.json" \
	"ORCH_OUT=$run/out" "TMPDIR=$run/tmp" TERM=dumb; do
	is "$(grep -Fxc "$want" "$run/out/env")" 1 "it has $want"
done
is "$(sort "$run/env")" "$(sed -n 's/^\([A-Za-z_][A-Za-z0-9_]*\)=.*/\1/p' "$run/out/env" | grep -vx -e PWD -e _ -e OLDPWD -e SHLVL | sort)" \
	'the names are recorded'
is "$(grep -c secret "$run/env" "$run/argv" "$run/prompt.md" | grep -vc ':0$')" 0 'and no value'
is "$(sort "$run/out/fd" | tr '\n' ' ')" '0 1 2 ' 'no descriptor above 2 is open'
is "$(cat "$run/out/umask")" 0077 'umask 077'
is "$(cat "$run/out/pwd")" "$tree" 'it stands in its work tree'
is "$(cat "$run/out/branch")" "orch/$id-look-around" 'on its branch'
cmp -s "$run/out/stdin" "$run/prompt.md"
result $? 'standard input is the prompt, to its end'
grep -q 'The body of it' "$run/prompt.md"
result $? 'which tells of the task'
is "$(awk '/^SigIgn|^SigBlk/ { print $2 + 0 }' "$run/out/proc" | tr '\n' ' ')" '0 0 ' 'no signal is blocked or ignored'
is "$(awk '/^NoNewPrivs/ { print $2 }' "$run/out/proc")" 1 'it can gain no privileges'
is "$(cat "$run/out/core")" 0 'and writes no core'

# The work tree and the main checkout.
like "$tree" "$HOME/.local/state/orch/worktrees/*/$id-look-around" 'the work tree is outside the repository'
is "$(git log -1 --format=%s "orch/$id-look-around")" 'Look around' 'what it left is committed'
is "$(git show "orch/$id-look-around:left over")" leftover 'all of it'
is "$(git -C "$tree" status --porcelain)" '' 'nothing is left to commit'
is "$(git rev-parse --abbrev-ref HEAD; git status --porcelain | grep -v '^??')" main 'the main checkout is as it was'
[ ! -e 'left over' ]
result $? 'no file came into it'
is "$(field "$id" 'files_changed | tostring')" '["left over"]' 'the files are listed'
id=$(orch-add -a sh --command 'echo "$(cat n 2>/dev/null)x" >n; [ "$(cat n)" = xx ]' 'Twice')
orch-run "$id" >/dev/null 2>&1
is "$(status "$id")" routed 'a failed attempt'
orch-run "$id" >/dev/null 2>"$T/err"
is "$(orch-list "$id" -o status,attempts)" "$(printf 'done\t2')" 'is gone on with by the next, in the same work tree'
git branch "orch/$(($(orch-list all -o id | sort -n | tail -n 1) + 1))-hostile-name" >/dev/null
id=$(orch-add -a sh --command 'pwd -P >"$ORCH_OUT/pwd"' 'Hostile ../../name; $(x)')
orch-run "$id" >/dev/null 2>"$T/err"
like "$(cat ".orch/runs/$id/1/out/pwd")" "$HOME/.local/state/orch/worktrees/*/$id-hostile-*" 'a hostile title makes no path'
id=$(orch-add -a sh --command 'readlink /proc/self/fd/0 >"$ORCH_OUT/in"; cat >>"$ORCH_OUT/in"' 'Reads')
echo 'of the caller' | orch-run "$id" >/dev/null 2>"$T/err"
is "$(status "$id")/$(cat ".orch/runs/$id/1/out/in")" done//dev/null 'a command gets no standard input'
id=$(orch-add -a sh --set isolation=none --command 'pwd -P >"$ORCH_OUT/pwd"; echo x >direct' 'No work tree')
orch-run "$id" >/dev/null 2>"$T/err"
is "$(status "$id"),$(cat ".orch/runs/$id/1/out/pwd")" "done,$PWD" 'isolation: none runs in the project'
is "$(git log -1 --format=%s)" Configuration 'and commits nothing there'

# An attempt needs no identity of git, and sees no caller's terminal or index.
id=$(orch-add -a sh --command 'echo y >y' 'No identity')
HOME=$T/nobody && mkdir "$HOME" && export HOME
orch-run "$id" >/dev/null 2>"$T/err"
is "$(status "$id")" 'done' 'without user.name' || note "$(cat "$T/err")"
HOME=$T/home

# Nothing of it stays: processes it left are ended.
FAKE_PIDS=$T/pids ORCH_ENV=FAKE_PIDS ends 'children left behind' in_review '' 0 "$FAKE/grandchildren"
is "$(wc -l <"$T/pids")" 4 'four of them'
is "$(alive)" '' 'all are ended'

# Before it can begin.
cd "$T/w" && mkdir nogit && cd nogit && printf 'tasks: []\n' >tasks.yml
id=$(orch-add -a sh --command true 'No repository')
exits 78 'no git repository' orch-run "$id"
like "$(cat "$T/err")" '*git*' 'is said'
is "$(orch-list "$id" -o status,attempts)" "$(printf 'routed\t')" 'and no attempt is used'
cd "$T/w" && mkdir unborn && cd unborn && git init -q . && printf 'tasks: []\n' >tasks.yml
id=$(orch-add -a sh --command true 'No commit')
orch-run "$id" >"$T/out" 2>"$T/err"
like "$(cat "$T/err")" '*commit*' 'a repository without a commit is told apart'
is "$(orch-list "$id" -o status,attempts)" "$(printf 'routed\t')" 'and no attempt is used'
cd "$T/w/p" && printf 'worktrees: %s/file\n' "$T" >>orch.yml && : >"$T/file"
ends 'a work tree that cannot be made' needs_review setup_failed 69 "$FAKE/ok"
sed -i '/^worktrees/d' orch.yml && printf 'worktrees: "%s/two\\nlines"\n' "$T" >>orch.yml
ends 'a path that no field can hold' needs_review setup_failed 69 "$FAKE/ok"
is "$(field "$id" reason)" 'setup_failed: a retry cannot mend it' 'is not tried again'
is "$(git worktree list | wc -l)/$(git rev-parse --abbrev-ref HEAD)" \
	"$(git worktree list | wc -l)/main" 'falls back to nothing'
sed -i '/^worktrees/d' orch.yml
mkdir -p orch.d/agents
printf 'id: gone\nbin: [no-such-cli]\nstdin: prompt\nformat: text\nanswer: json\nargv: {run: []}\n' >orch.d/agents/gone.yml
id=$(orch-add -a gone -p urgent 'A missing program')
orch-run "$id" >"$T/out" 2>"$T/err"
is "$(orch-list "$id" -o status,attempts)" "$(printf 'routed\t')" 'a missing program uses no attempt'
like "$(cat "$T/err")" '*no-such-cli*' 'it is named'
for other in $(orch-list @routed -o id); do [ "$other" = "$id" ] || orch-set "$other" -- depends_on="$id" >/dev/null; done
orch-run next >"$T/out" 2>"$T/err"
like "$(cat "$T/err")" '*no-such-cli*' 'by orch-run next too'

# Texts that are cut in the middle of a letter must not keep an attempt from being settled.
cd "$T/w" && project letters
for pad in '' x xx; do
	id=$(orch-add -a sh --command true --verify "[ $pad$(perl -e 'print "\xf0\x9f\xa6\x84" x 200') = y ]" 'Long check')
	orch-run "$id" >"$T/out" 2>"$T/err"
	is "$?/$(orch-list "$id" -o status,error_class)" "75/$(printf 'routed\tverify_failed')" \
		"a long check in letters of four bytes${pad:+, $pad}" || note "$(head -c 300 "$T/err")"
done
perl -e 'print "x" x 2, "\xf0\x9f\xa6\x84" x 2000' >"$T/letters"
id=$(orch-add -a sh --command true --verify "cat '$T/letters'; cat '$T/letters' >&2; false" 'A talking check')
orch-run "$id" >"$T/out" 2>"$T/err"
is "$?/$(orch-list "$id" -o status,error_class)" "75/$(printf 'routed\tverify_failed')" 'a check that prints many letters' ||
	note "$(head -c 300 "$T/err")"
orch-context "$id" | iconv -f UTF-8 -t UTF-8 >"$T/prompt" 2>"$T/err"
is "$?/$(grep -c verify_failed "$T/prompt")" 0/1 'of which the next prompt tells, in whole letters'
is "$(orch-list @in_progress -o id)" '' 'none of them is stuck'
orch-run next >"$T/out" 2>"$T/err"
like "$(cat "$T/err")" 'orch-run: nothing is ready*' 'and the next call has nothing to complain of'
done_testing
