#!/bin/sh
# examples/github: each block of its README as a newcomer would type it, with another umask,
# locale and zone, in a home with a blank in its name; the crontab as cron runs it, the units
# as systemd does.
TEST_TIMEOUT=300
# shellcheck source=tests/lib/sh.sh
. "$(dirname "$0")/../lib/sh.sh"
# shellcheck source=tests/lib/github.sh
. "$ROOT/tests/lib/github.sh"
examples=$ROOT/examples/github
HOME="$T/my home" XDG_RUNTIME_DIR=$T/run
export HOME XDG_RUNTIME_DIR
mkdir "$HOME" "$T/bin" && mkdir -m 700 "$T/run"
cp "$T/home/.gitconfig" "$HOME"
gh_start
unset GH_TOKEN GITHUB_REPO

# What a newcomer has: a repository, an agent, and (for this test) no patience.
git init -q "$HOME/app" && cd "$HOME/app" && git commit -q --allow-empty -m 'First commit'
cat >"$T/bin/claude" <<'END'
#!/bin/sh
cat >/dev/null
echo "$ORCH_TASK" >"made-$ORCH_TASK"
echo '{"status":"done","summary":"made"}'
END
printf '#!/bin/sh\necho "$*" >>"%s/systemctl"\n' "$T" >"$T/bin/systemctl"
chmod +x "$T/bin/claude" "$T/bin/systemctl"
mkdir -p "$HOME/.config/orch/agents"
cat >"$HOME/.config/orch/agents/claude.yml" <<END
id: claude
bin: ["$T/bin/claude"]
stdin: prompt
format: text
answer: json
argv: {run: []}
perm: {edit: [], full: []}
ok: {exit: [0]}
END
printf 'gh: {write_interval: 0}\n' >"$HOME/.config/orch/orch.yml"
chmod -R go= "$HOME/.config"

# block N: the Nth indented block of the README, as a script
block() {
	awk -v n="$1" '
	function done() { if (open) found++; open = 0 }
	/^    / { if (!open) { open = 1; at = found + 1 } sub(/^    (\$ )?/, ""); if (at == n) print; next }
	{ done() }' "$examples/README.md" | sed 's/your-login/ana/'
}
blocks=$(awk '/^    / { if (!open) n++; open = 1; next } { open = 0 } END { print n }' "$examples/README.md")
is "$blocks" 5 'its README has five blocks'
for i in 1 2 3 4 5; do block $i >"$T/b$i"; done

# typed N STDIN: that block, in the session of before
cat >"$T/session" <<'END'
[ ! -e "$T/kept" ] || . "$T/kept"
. "$T/b$1"
echo "export GH_TOKEN='$GH_TOKEN'" >"$T/kept"
END
typed() {
	(umask 002 && LC_ALL=tr_TR.UTF-8 TZ=Pacific/Kiritimati PATH=$T/bin:$PATH \
		GH_TOKEN='' sh -e "$T/session" "$1") <"$2" >"$T/out" 2>"$T/err"
}

cd "$examples" || exit 1
echo t-orch-bot >"$T/token"
typed 1 "$T/token"
is "$? $(stat -c %a "$HOME/.config/orch/token") $(cat "$HOME/.config/orch/token")" '0 600 t-orch-bot' 'the token lies where only its owner can read it'
cd "$HOME/app" || exit 1
gh_person '{"as":"ana","repo":"acme/app","do":"create","title":"Mend the door"}' >/dev/null
typed 2 /dev/null
is "$? $(gh_count '[!G]*' '*')" '0 0' 'set up, and a dry run' || note "$(cat "$T/err")"
like "$(cat "$T/out")" '*import*#1: Mend the door*' 'says what would be done'
typed 3 /dev/null
is "$? $(orch-list -o id,status,title)" "0 $(printf '1\tnew\tMend the door')" 'the first run takes the issue in' || note "$(cat "$T/err")"
like "$(cat "$T/err")" '*acme/app*number*' 'and says which repository it is'
gh_person '{"as":"ana","repo":"acme/app","do":"create","title":"Paint it"}' >/dev/null
typed 5 /dev/null
is "$? $(orch-list -o id,status | tr '\t\n' ': ')" '0 1:new 2:in_review ' 'the pipeline does what came in' || note "$(cat "$T/err")"
like "$(gh_issue 2 '.comments | map(.body) | join(" ")')" '*made*' 'its issue has the result'

# cron: a line as cron runs it, with the PATH of the file behind the one of this build
path=$(sed -n 's/^PATH=//p' "$examples/crontab")
cron() {
	env -i HOME="$HOME" LOGNAME=tester SHELL=/bin/sh PATH="$ORCH_BIN:$path" GITHUB_API_URL="$GITHUB_API_URL" \
		GITHUB_GRAPHQL_URL="$GITHUB_GRAPHQL_URL" ORCH_TEST_NOW="$ORCH_TEST_NOW" /bin/sh -c "$1" >"$T/out" 2>&1
}
grep -v -e '^#' -e '^PATH=' "$examples/crontab" >"$T/lines"
is "$(cut -d ' ' -f 1-5 "$T/lines")" '* * * * *
* * * * *' 'two lines for cron, each minute'
is "$(grep -c % "$T/lines")" 0 'without what cron takes for a line end'
sed 's/^\* \* \* \* \* //' "$T/lines" >"$T/commands"
sync=$(sed -n 1p "$T/commands") work=$(sed -n 2p "$T/commands")
gh_person '{"as":"ana","repo":"acme/app","do":"create","title":"Oil it"}' >/dev/null
for minute in 1 2 3; do
	for line in "$sync" "$work"; do
		cron "$line"
		result "$([ $? -le 1 ]; echo $?)" "minute $minute: $(echo "$line" | grep -o 'orch-[a-z]* -q' | head -n 1)"
		is "$(cat "$T/out")" '' 'cron mails nothing'
	done
	gh_clock 60
done
is "$(orch-list -o id,status | tr '\t\n' ': ')" '1:in_review 2:in_review 3:in_review ' 'all is done'
is "$(gh_issue 3 '.labels | map(.name? // .) | map(select(test("status"))) | join(",")')" status:in_review 'and GitHub knows'
gh_person '{"as":"ana","issue":3,"do":"comment","body":"/close"}' >/dev/null
gh_person '{"as":"ana","issue":1,"do":"label","label":"status:done"}' >/dev/null
cron "$sync"
is "$(orch-list -o id,status | tr '\t\n' ': ')" '1:done 2:in_review 3:cancelled ' 'what people say there is done'

# systemd
cd "$examples" || exit 1
typed 4 /dev/null
is "$? $(cat "$T/systemctl")" '0 --user enable --now orch-sync-gh@app.timer orch-run@app.timer' 'the timers are started'
units=$HOME/.config/systemd/user
printf 'GH_TOKEN=t-orch-bot\n' >"$HOME/.config/orch/token.env"
# unit KEY NAME: the values of a key, for the project in ~/app
unit() { sed -n "s/^$1=//p" "$units/$2" | sed "s,%h,$HOME,g; s,%i,app,g"; }
for name in orch-sync-gh orch-run; do
	is "$(unit OnCalendar $name@.timer)" '*:*' "$name: each minute"
	for command in $(unit ExecStart $name@.service | tr ' ' '~'); do
		command=$(echo "$command" | tr '~' ' ')
		(cd "$(unit WorkingDirectory $name@.service)" && file=$(unit EnvironmentFile $name@.service) &&
			env -i HOME="$HOME" PATH="$ORCH_BIN:/usr/bin:/bin" GITHUB_API_URL="$GITHUB_API_URL" ORCH_TEST_NOW="$ORCH_TEST_NOW" \
				${file:+"$(cat "$file")"} sh -c "umask $(unit UMask $name@.service); exec ${command#-}") >"$T/out" 2>&1
		case " 0 $(unit SuccessExitStatus $name@.service) " in *" $? "*) result 0 "$command" ;; *) result 1 "$command"; note "$(cat "$T/out")" ;; esac
	done
done
for name in orch-sync-gh orch-run; do
	for kind in service timer; do
		sed "s,^ExecStart=\(-*\),&$ORCH_BIN/," "$units/$name@.$kind" >"$T/run/$name@app.$kind"
	done
done
if command -v systemd-analyze >/dev/null; then
	ok 'systemd is content' systemd-analyze verify --user --man=no "$T/run/orch-sync-gh@app.timer" "$T/run/orch-run@app.timer"
	is "$(cat "$T/out" "$T/err")" '' 'and has nothing to say'
else
	note 'there is no systemd-analyze here: the units were run and not verified'
fi
is "$(gh_violations)" '' 'all as GitHub wants it'
done_testing
