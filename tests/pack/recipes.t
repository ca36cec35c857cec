#!/bin/sh
# examples/: each file is run as it stands there, in a project of its own, and does what its
# head says; a file that no test runs is a failure.  github and demo have tests of their own.
# shellcheck source=tests/lib/sh.sh
. "$(dirname "$0")/../lib/sh.sh"
export ORCH_TEST_NOSYNC=1
examples=$ROOT/examples
: >"$T/used"
# use FILE DEST: a copy, and it is known that it was run
use() {
	echo "$1" >>"$T/used"
	mkdir -p "$(dirname "$2")" && cp "$examples/$1" "$2"
}
# scene NAME: a project with something to check
scene() {
	cd "$T/w" && project "$1" 2>/dev/null
	printf 'check:\n\ttrue\n' >Makefile
	printf '#!/bin/sh\necho new >deps\n' >update-dependencies && chmod +x update-dependencies
	git add . && git commit -q -m 'As it was'
}
# tasks SELECTOR: status and title of each
tasks() { orch-list "$@" -o status,title | tr '\t' ' '; }

# cron: a line as cron runs it
use crontab "$T/crontab"
HOME=$T/home
scene ../home/app
use jobs.yml jobs.yml
path=$(sed -n 's/^PATH=//p' "$T/crontab")
cron() { # N TIME
	line=$(grep -v -e '^#' -e '^PATH=' "$T/crontab" | sed -n "$1p" | cut -d ' ' -f 6-)
	env -i HOME="$HOME" SHELL=/bin/sh LC_ALL=C GIT_CONFIG_NOSYSTEM=1 ORCH_TEST_NOSYNC=1 PATH="$ORCH_BIN:$path" ORCH_TEST_NOW="$2" \
		/bin/sh -c "$line" >"$T/mail" 2>&1
}
is "$(grep -v -e '^#' -e '^PATH=' "$T/crontab" | cut -d ' ' -f 1-5)" "$(printf '%s\n' '* * * * *' '*/10 22-23,0-5 * * *' '0 7 * * *')" 'crontab: three lines'
is "$(grep -c % "$T/crontab")" 0 'without what cron takes for a line end'
ok 'jobs.yml: is one' orch-cron list
is "$(wc -l <"$T/out")" 3 'three jobs'
while read -r schedule; do
	exits 0 "a schedule: $schedule" orch-cron check "$schedule"
done <<END
$(sed -n "s/^  schedule: '\(.*\)'/\1/p" jobs.yml)
END
cron 1 2026-01-02T12:00:00Z
is "$(tasks)$(cat "$T/mail")" '' 'a new job begins then'
for minute in 2026-01-03T01:30:00Z 2026-01-05T02:00:00Z 2026-01-05T09:00:00Z 2026-01-05T09:01:00Z; do cron 1 $minute; done
is "$(tasks | sort)" "$(printf '%s\n' 'routed Look through what waits' 'routed Run the tests of 2026-01-03' 'routed Update what we depend on')" \
	'crontab: what is due becomes tasks' || note "$(cat "$T/mail"; orch-cron list)"
cron 2 2026-01-05T22:00:00Z
is "$(cat "$T/mail")" '' 'cron mails nothing at night'
is "$(tasks | sort)" "$(printf '%s\n' 'done Look through what waits' 'done Run the tests of 2026-01-03' 'done Update what we depend on')" \
	'and what is ready is done' || note "$(orch-list --explain)"
cron 3 2026-01-06T07:00:00Z
is "$(cat "$T/mail")" '' 'nobody waits'
orch-add -q 'A question' >/dev/null && orch-run -q next -- false >/dev/null 2>&1
orch-set -q 4 max_attempts=1 >/dev/null 2>&1
orch-add -q -a sh --command false --set max_attempts=1 'Fails' >/dev/null && orch-run -q 5 >/dev/null 2>&1
cron 3 2026-01-06T07:00:00Z
like "$(cat "$T/mail")" '*5*' 'what waits for a person is in the mail'

scene nightly
use nightly.sh nightly.sh
for i in 1 2; do
	ok "nightly.sh: night $i" ./nightly.sh "$PWD"
	is "$(cat "$T/out" "$T/err")" '' 'says nothing'
done
is "$(tasks)" "done Run the tests, $(date +%Y-%m-%d)" 'today'\''s chore is done, once'
orch-add -q -a sh --command 'exit 3' --set max_attempts=1 'Broken' >/dev/null
ok 'a task that fails' ./nightly.sh "$PWD"
like "$(cat "$T/out")" "$(printf '2\tBroken\t')*" 'is told'

scene hooks
use hooks.sh "$T/hooks.sh"
ok 'hooks.sh' sh "$T/hooks.sh"
is "$(cat "$T/out")" '1  new  -  Document the options' 'the commit has made a task'
is "$(cd .git/hooks && ls)" "$(printf 'post-commit\npre-push')" 'two hooks are there'

scene pipeline
evil='it'\''s $(touch evil).sh'
printf '#!/bin/sh\ntrue\n' | tee a.sh b.sh >"$evil"
printf '#!/bin/sh\n# SPDX-License-Identifier: MIT\n' >c.sh
git add . && git commit -q -m 'scripts'
use pipeline.sh "$T/pipeline.sh"
ok 'pipeline.sh' sh "$T/pipeline.sh"
is "$(tasks | sort -u | cut -d ' ' -f 1 | sort | uniq -c | tr -s ' ')" ' 3 done' 'each file has its task' || note "$(tasks; cat "$T/err")"
is "$(git grep -c SPDX -- '*.sh' | wc -l) $(git show HEAD:a.sh | sed -n 2p)" '4 # SPDX-License-Identifier: ISC' 'and its line is on the branch'
ok 'no name of a file was obeyed' test ! -e evil
ok 'once more' sh "$T/pipeline.sh"
is "$(orch-list -o id | wc -l)" 3 'adds nothing'

scene plan
use release.plan.yml release.plan.yml
ok 'release.plan.yml: is a plan' orch-plan validate release.plan.yml
ok 'it runs' orch-plan run -q release.plan.yml
ok 'its end' orch-plan summary release
like "$(cat "$T/out")" '*plan release: 4 pass, 0 warn, 0 fail, 0 skipped, 0 pending of 4' 'is good'

# Agents that do as they are told: one line of the task, and a verdict.
scene team
use team.yml orch.yml
for name in claude codex gemini; do
	cat >"$T/$name" <<END
#!/bin/sh
if [ "\$1" = judge ]; then
	id=\$(sed -n 's/^You judge task \([0-9]*\), .*/\1/p')
	printf '{"task":%s,"attempt":1,"decision":"approve","confidence":0.9,"findings":[]}\n' "\$id"
	echo "\$id $name" >>"$T/judged"
else
	cat >/dev/null
	echo $name >"by-\$ORCH_TASK"
	echo '{"status":"done","summary":"made by $name"}'
fi
END
	chmod +x "$T/$name"
	printf '%s\n' "id: $name" "bin: [$T/$name]" 'stdin: prompt' 'format: text' 'answer: json' \
		'argv: {run: [work], review: [judge]}' 'perm: {read: [], edit: [], full: []}' 'ok: {exit: [0]}' >"orch.d/agents/$name.yml"
done
git add . && git commit -q -m 'team'
orch-add -q 'Plain' >/dev/null && orch-add -q -l docs 'Docs' >/dev/null && orch-add -q -l bug 'Bug' >/dev/null
orch-route -q >/dev/null && ok 'team.yml: the team works' orch-run -q --ready
is "$(orch-list -o agent,status | tr '\t\n' ' ;')" 'claude in_review;gemini in_review;codex in_review;' 'each label has its agent' || note "$(orch-list; cat "$T/err"; orch-show 1)"
ok 'and judges' orch-review -q @in_review
is "$(tasks)" "$(printf 'done Plain\ndone Docs\ndone Bug')" 'two others approve' || note "$(cat "$T/err"; orch-inbox)"
is "$(sort "$T/judged" | tr '\n' ';')" '1 codex;1 gemini;2 claude;2 codex;3 claude;3 gemini;' 'nobody judges what is his own'

scene news
use news.yml "$T/news.yml"
cat "$T/news.yml" >>orch.yml
use news.sh orch.d/hooks/news.sh
orch-add -q -a sh --command true 'First' >/dev/null
ok 'news: a task' orch-run -q next
orch-add -q -a sh --command true 'Second' >/dev/null
ok 'another' orch-run -q next
is "$(jq -r '.[1:] | join(" ")' news.txt | tail -n 1)" 'task.done 2' 'a line for each' || note "$(cat news.txt; orch-event subscriptions)"

# systemd: the blocks of the README as they are typed, the units as systemd runs them
scene "$T/home/src/app"
mkdir "$T/bin" "$T/run"
printf '#!/bin/sh\necho "$*" >>"%s/systemctl"\n' "$T" >"$T/bin/systemctl" && chmod +x "$T/bin/systemctl"
for file in README.md orch-run@.service orch-run@.timer; do use systemd/$file "$T/units/$file"; done
sed -n 's/^    //p' "$T/units/README.md" >"$T/typed"
if command -v systemd-escape >/dev/null; then
	(cd "$T/units" && PATH=$T/bin:$PATH sh -e "$T/typed") >"$T/out" 2>&1
	instance=$(systemd-escape --path "$T/home/src/app")
	is "$? $(cat "$T/systemctl")" "0 --user enable --now orch-cron@$instance.timer orch-run@$instance.timer" 'systemd: the timers are started'
	for unit in orch-run@.service orch-run@.timer orch-cron@.service orch-cron@.timer; do
		from=$HOME/.config/systemd/user/$unit
		[ -e "$from" ] || from=$ROOT/systemd/$unit
		sed "s,^ExecStart=\(-*\),&$ORCH_BIN/," "$from" >"$T/run/${unit%@*}@$instance.${unit##*.}"
	done
	ok 'systemd is content' env XDG_RUNTIME_DIR="$T/run" systemd-analyze verify --user --man=no "$T/run/orch-run@$instance.timer" "$T/run/orch-cron@$instance.timer"
	is "$(cat "$T/out" "$T/err")" '' 'and has nothing to say'
else
	note 'there is no systemd here: its files were run and not verified'
fi
orch-add -q -a sh --command true 'By a timer' >/dev/null
for unit in "$T/units/orch-run@.service" "$ROOT/systemd/orch-cron@.service"; do
	sed -n 's/^ExecStart=-*//p' "$unit" >"$T/commands"
	while read -r command; do
		(cd "$(sed -n 's/^WorkingDirectory=//p' "$unit" | sed "s,%f,$PWD,")" && umask "$(sed -n 's/^UMask=//p' "$unit")" && $command) >"$T/out" 2>&1
		case " 0 $(sed -n 's/^SuccessExitStatus=//p' "$unit") " in *" $? "*) result 0 "$command" ;; *) result 1 "$command" ;; esac
	done <"$T/commands"
done
is "$(tasks)" 'done By a timer' 'the task is done'

# Nothing is left over.
{
	(cd "$examples" && find . -type f -printf '%P\n' | grep -vE '^(demo|github)/|^README\.md$' | sort) >"$T/files"
	sort -u "$T/used" | diff - "$T/files"
	grep -q 'examples/demo/run.sh' "$ROOT/tests/cli/readme.t" || echo 'no test runs demo'
	grep -q 'examples/github' "$ROOT/tests/cli/example_github.t" || echo 'no test runs github'
	for name in $(cd "$examples" && ls); do
		[ "$name" = README.md ] || grep -q "](${name}[/)]" "$examples/README.md" || echo "README.md does not name $name"
	done
	grep -o '](\([^)]*\))' "$examples/README.md" | tr -d ']()' | while read -r name; do
		[ -e "$examples/$name" ] || echo "README.md names $name, which is not there"
	done
} >"$T/left"
is "$(cat "$T/left")" '' 'each example is run by a test, and is in the index'
done_testing
