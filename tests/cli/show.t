#!/bin/sh
# orch-show: a task whole, its attempts, their logs.
# shellcheck disable=SC2016 # some words are for another shell
# shellcheck source=tests/lib/sh.sh
. "$(dirname "$0")/../lib/sh.sh"

listing() { find . -path ./.git -prune -o -printf '%p %m %s %T@ %C@\n' | sort; }

ok '-h' orch-show -h
like "$(cat "$T/out")" 'Usage: orch-show *show a task*--follow*' 'usage, purpose, options'
project p
exits 2 'no id' orch-show
is "$(cat "$T/err")" 'orch-show: the id of a task is missing' 'is misuse'
exits 2 'an unknown id' orch-show 99
is "$(cat "$T/out" "$T/err")" 'orch-show: no task 99' 'is named'
for id in 0 -1 1.0 01 0x1 '1 ' 99999999999999999999 '' @new; do
	exits 2 "no id: '$id'" orch-show -- "$id"
done
exits 2 'two ids' orch-show 1 2
exits 2 'two forms' orch-show --json --log 1
is "$(cat "$T/err")" 'orch-show: only one of --json, --log, --path and --prompt can be given' 'are one too many'
exits 2 '--follow alone' orch-show --follow 1
exits 2 '--attempt 0' orch-show --attempt 0 1
exits 1 'next of nothing' orch-show next
is "$(cat "$T/err")" 'orch-show: nothing is ready' 'is no'

# A task with everything.
cat >tasks.yml <<'END'
next_id: 5
tasks:
  - id: 1
    title: Everything
    body: |
      First line

        indented
    labels: [docs, api]
    priority: high
    status: failed
    depends_on: [2, 3]
    verify: ["make check", "a\nb"]
    budget: {cost_usd: 1.5}
    usage: {seconds: 7}
    review_decision: reject
    mine: kept
    history:
      - {at: 2026-01-01T00:00:00Z, status: routed}
      - {at: 2026-01-01T00:01:00Z, status: failed, note: "attempt 1: crashed"}
  - {id: 2, title: "bell \a and \e[31mred"}
  - {id: 3, title: a, status: routed, agent: sh, command: "true"}
END
listing >"$T/before"
ok 'a task' orch-show 1
cp "$T/out" "$T/got"
cat >"$T/want" <<'END'
id               1
title            Everything
body
    First line

      indented
labels           docs api
priority         high

status           failed
depends_on       2 3
budget           {"cost_usd":1.5}
verify           make check
                 a
                 b

usage            {"seconds":7}

review_decision  reject

history          2026-01-01T00:00:00Z  routed
                 2026-01-01T00:01:00Z  failed  attempt 1: crashed
END
ok 'is shown in groups' diff "$T/want" "$T/got"
ok 'as JSON' orch-show --json 1
is "$(jq -c '[.schema, .id, .status, .title, .body, .labels, .verify, .mine, .attempt_list]' "$T/out")" \
	'[1,1,"failed","Everything","First line\n\n  indented\n",["docs","api"],["make check","a\nb"],"kept",[]]' \
	'exactly, with what we do not know'
is "$(wc -l <"$T/out")" 1 'on one line'
is "$(orch-show 2 | head -n 2 | tail -n 1)" "$(printf 'title            bell \a and \033[31mred')" 'foreign text is as it is in a pipe'
if script -qec true /dev/null >/dev/null 2>&1; then
	is "$(script -qec 'orch-show 2' /dev/null | tr -d '\r' | sed -n 2p)" \
		'title            bell \x07 and \x1b[31mred' 'and visible on a terminal'
fi
is "$(orch-show 2 --json | jq -r .status)" new 'no status is new'
is "$(orch-show next --json | jq .id)" 3 'next'
exits 1 'no attempt yet: --log' orch-show 1 --log
is "$(cat "$T/err")" 'orch-show: task 1 has no attempt yet' 'is said'
exits 1 'no attempt yet: --path' orch-show 1 --path
listing >"$T/after"
ok 'nothing was written' cmp "$T/before" "$T/after"

# Attempts, made by the real thing.
printf 'tasks: []\n' >tasks.yml
printf 'retry: {base: 0s, jitter: 0}\n' >orch.yml
orch-add -a sh --command 'echo hello; echo oops >&2; test -f done || { touch done; exit 3; }' \
	--set isolation=none 'Twice' >/dev/null
orch-run -q 1 >/dev/null 2>&1
orch-run -q 1 >/dev/null 2>&1
listing >"$T/before"
ok 'a task with attempts' orch-show 1
is "$(sed -n 's/ [0-9.]*m*s  / T  /; s/^attempt /attempt /p' "$T/out")" \
	"attempt 1  sh  crashed  T  $T/w/p/.orch/runs/1/1
attempt 2  sh  ok  T  $T/w/p/.orch/runs/1/2" 'one line for each: number, agent, class, time, folder'
is "$(orch-show 1 --json | jq -c '.attempt_list | map([.number, .agent, .class, (.seconds | type)])')" \
	'[[1,"sh","crashed","number"],[2,"sh","ok","number"]]' 'and in JSON'
is "$(orch-show 1 --json | jq .attempts)" 2 'beside the count'
is "$(orch-show 1 --log)" "$(printf 'hello\noops')" '--log: stdout, then stderr'
is "$(orch-show 1 --log --attempt 1)" "$(printf 'hello\noops')" 'of another attempt'
is "$(orch-show 1 --log --follow)" "$(printf 'hello\noops')" '--follow of one that has ended'
is "$(orch-show 1 --path)" "$T/w/p/.orch/runs/1/2" '--path'
is "$(orch-show --attempt 1 1 --path)" "$T/w/p/.orch/runs/1/1" 'of another'
orch-show 1 --prompt >"$T/got"
ok '--prompt is the file' cmp "$T/got" .orch/runs/1/2/prompt.md
exits 1 'no such attempt' orch-show 1 --log --attempt 3
is "$(cat "$T/err")" 'orch-show: task 1 has no attempt 3' 'is said'
listing >"$T/after"
ok 'nothing was written' cmp "$T/before" "$T/after"
printf 'a\0b' >.orch/runs/1/2/stdout
: >.orch/runs/1/2/stderr
is "$(orch-show 1 --log | od -An -c | tr -d ' ')" 'a\0b' 'NUL and all'
echo 'not JSON' >.orch/runs/1/2/outcome.json
is "$(orch-show 1 --json | jq -c '.attempt_list[1].class')" null 'a record that cannot be read is none'
rm -r .orch/runs/1/1
is "$(orch-show 1 --json | jq -c '.attempt_list | map(.number)')" '[2]' 'a folder that was removed is not there'
rm .orch/runs/1/2/prompt.md
exits 1 'no prompt' orch-show 1 --prompt

# --follow, while the attempt runs: each side waits for the other, nobody for a clock.
mkfifo "$T/ready" "$T/go" "$T/seen"
orch-add -a sh --set isolation=none --command \
	"echo one; echo err >&2; echo >'$T/ready'; read -r x <'$T/go'; seq 100000; echo >'$T/ready'; read -r x <'$T/go'; echo end" \
	'Slow' >/dev/null
orch-run -q 2 >/dev/null &
read -r _ <"$T/ready"
orch-show 2 --log --follow >"$T/seen" &
exec 3<"$T/seen"
read -r first <&3
read -r second <&3
is "$(printf '%s\n' "$first" "$second" | sort | tr '\n' ' ')" 'err one ' 'what is there comes at once'
is "$(orch-show 2 --json | jq -c '.attempt_list[0].class')" null 'the attempt is not judged'
like "$(orch-show 2 | tail -n 1)" 'attempt 1  sh  not ended  -  *' 'and has not ended'
echo >"$T/go"
read -r _ <"$T/ready"
echo >"$T/go"
cat <&3 >"$T/rest"
wait
{ seq 100000; echo end; } >"$T/want"
ok 'and what comes later, whole' cmp "$T/want" "$T/rest"
is "$(orch-show 2 --json | jq -r .status)" 'done' 'it ends when the task is settled'

# One who comes late to a long log is told what is gone.
orch-add -a sh --set isolation=none --command \
	"seq 700000; echo >'$T/ready'; read -r x <'$T/go'; echo end" 'Long' >/dev/null
orch-run -q 3 >/dev/null &
read -r _ <"$T/ready"
orch-show 3 --log --follow >"$T/seen" &
exec 3<"$T/seen"
read -r first <&3
echo >"$T/go"
cat <&3 >"$T/rest"
wait
is "$first $(tail -n 1 "$T/rest")" '1 end' 'beginning and end'
is "$(grep -c 'bytes left out' "$T/rest")" 1 'one gap'
gap=$(sed -n 's/^\[\.\.\. \([0-9]*\) bytes left out \.\.\.\]$/\1/p' "$T/rest")
is "$(($(wc -c <"$T/rest") + 2 - $(printf '\n[... %s bytes left out ...]\n' "$gap" | wc -c) + gap))" \
	"$({ seq 700000; echo end; } | wc -c)" 'of exactly what is missing'

ok 'a task file that is not valid' sh -c 'echo "tasks: [" >tasks.yml; orch-show 1'
like "$(cat "$T/err")" 'orch-show: warning: tasks.yml:*; what is shown is generation *' 'shows the last that was'
ok 'neither libgit2 nor libcurl is loaded' sh -c '! ldd "$0" | grep -E "git2|curl"' "$ORCH_BIN/orch-show"
done_testing
