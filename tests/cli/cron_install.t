#!/bin/sh
# orch-cron install, uninstall: a line in the crontab or a timer of systemd, and nothing else
# is touched, whatever stands there, is killed or comes at once.  All of it in a mount namespace
# of its own: Debian's crontab has a scratch spool.  LONG=1: cron and systemd really start ticks.
# shellcheck disable=SC2016 # some words are for another shell
[ -n "${SH_TEST-}${CRON_NS-}" ] || CRON_NS=1 exec unshare -m /bin/sh "$0" "$@"
TEST_TIMEOUT=${LONG:+600}
# shellcheck source=tests/lib/sh.sh
. "$(dirname "$0")/../lib/sh.sh"
export ORCH_TEST_NOSYNC=1
unset TZ
real=$PATH tab=$T/tab state=$HOME/.local/state/orch
mkdir "$T/bin" "$T/run" && chmod 700 "$T/run"
export XDG_RUNTIME_DIR="$T/run" USER=tester

# A crontab that keeps its file in $T/tab and does as $T/how says.
cat >"$T/bin/crontab" <<'END'
#!/bin/sh
how=$(cat "$T/how" 2>/dev/null)
echo "crontab $*" >>"$T/asked"
case $how in
denied) echo 'You (root) are not allowed to use this program (crontab)' >&2; exit 1 ;;
silent) exit 1 ;;
half) [ "$1" != -l ] || { head -c 5 "$T/tab"; echo 'crontab: no crontab for root, or so' >&2; exit 1; } ;;
full) [ "$1" = -l ] || { cat >/dev/null; echo 'crontab: No space left on device' >&2; exit 1; } ;;
lies) [ "$1" = -l ] || { cat >/dev/null; exit 0; } ;;
dies) [ "$1" = -l ] || kill -9 $$ ;;
esac
case $1 in
-l) [ -e "$T/tab" ] || { echo 'no crontab for root' >&2; exit 1; }; cat "$T/tab" ;;
-r) rm "$T/tab" ;;
-) cat >"$T/tab.$$"; [ "$how" != waits ] || { echo >"$T/held"; read -r _ <"$T/free"; }; mv "$T/tab.$$" "$T/tab" ;;
*) exit 2 ;;
esac
END
# A systemd that knows which timers are enabled and started.
cat >"$T/bin/systemctl" <<'END'
#!/bin/sh
[ "$1" = --user ] || exit 9
shift
echo "systemctl $*" >>"$T/asked"
[ ! -e "$T/no-systemd" ] || { echo 'Failed to connect to bus: No medium found' >&2; exit 1; }
for name; do :; done
wants=$HOME/.config/systemd/user/timers.target.wants
case $1 in
--quiet) [ -e "$T/$2.$name" ] ;;
enable) mkdir -p "$wants" && ln -sf "../$name" "$wants/$name" && touch "$T/is-enabled.$name" "$T/is-active.$name" ;;
disable) rm -f "$wants/$name" "$T/is-enabled.$name" "$T/is-active.$name" ;;
esac
END
chmod +x "$T/bin/crontab" "$T/bin/systemctl"
PATH=$T/bin:$PATH
: >"$T/asked"

# scene NAME: a project of that name with a job that is always due.
scene() {
	mkdir -p "$T/w/$1" && cd "$T/w/$1" || exit 1
	printf 'tasks: []\n' >tasks.yml
	printf "jobs: [{id: a, schedule: '* * * * *', overlap: allow, task: {title: A}}]\n" >jobs.yml
}
writes() { grep -vc -e ' -l$' -e ' --quiet ' "$T/asked"; }

# --- a line
scene app
line="* * * * * $ORCH_BIN/orch-cron -C $T/w/app tick --log # orch-cron tick of $T/w/app"
ok 'a dry run' orch-cron -n install
is "$(cat "$T/out")" "+++ crontab
+$line" 'says what it would write'
is "$(writes) $([ -e "$state" ]; echo $?)" '0 1' 'and writes nothing'
cp "$T/out" "$T/said"
ok 'a line' orch-cron install
is "$(cat "$T/out")" "$(cat "$T/said")" 'says what it wrote'
is "$(cat "$tab")" "$line" 'is in the crontab'
: >"$T/asked"
ok 'once more' orch-cron install
is "$(writes) $(cat "$T/out")" '0 ' 'writes nothing'
like "$(cat "$T/err")" '*it is installed already*' 'and says so'
is "$(orch-cron -q install 2>&1)" '' 'if it may'
mkdir "$T/moved" && cp "$ORCH_BIN/orch-cron" "$T/moved" && export ORCH_SHARE="$ROOT/share/orch"
ok 'by a program that has moved' "$T/moved/orch-cron" install
is "$(cat "$T/out")" "+++ crontab
-$line
+$(echo "$line" | sed "s,$ORCH_BIN,$T/moved,")" 'the line is made anew'
like "$(cat "$T/err")" '*not have this from your environment: ORCH_SHARE*' 'what a tick will not have is told'
unset ORCH_SHARE
is "$(wc -l <"$tab")" 1 'there is one'
orch-cron -q install 2>"$T/err"
like "$(cat "$T/err")" '' 'and back'
ok 'out again, dry' orch-cron -n uninstall
is "$(cat "$T/out") $(cat "$tab")" "+++ crontab
-$line $line" 'says what it would take out'
ok 'out again' orch-cron uninstall
is "$([ -e "$tab" ]; echo $?)" 1 'an empty crontab goes'
ok 'out once more' orch-cron uninstall
like "$(cat "$T/err")" '*it is not installed*' 'says that there is nothing'
ok 'a task file that is named' orch-cron -f other.yml install
like "$(cat "$tab")" "*orch-cron -f $T/w/app/other.yml tick --log # orch-cron tick of $T/w/app/other.yml" 'has its own line' ||
	note "$(cat "$T/err")"
orch-cron -q -f other.yml uninstall

# --- what else is there
# round NAME [WANT]: in and out; what is in $tab stays, and WANT says where the line comes.
round() {
	cp "$tab" "$T/before"
	orch-cron -q install 2>"$T/err"
	grep -vxF "$line" "$tab" | cmp -s - "$T/before"
	result $? "$1: all else stays" || note "$(od -c "$tab")"
	is "$(grep -nxF "$line" "$tab" | cut -d : -f 1)" "$2" "$1: the line is there"
	orch-cron -q uninstall 2>"$T/err"
	if [ -e "$tab" ]; then cmp -s "$tab" "$T/before"; else [ ! -s "$T/before" ]; fi
	result $? "$1: and goes" || note "$(od -c "$tab")"
}
: >"$tab"; round 'an empty one' 1
printf '# Edit this file to introduce tasks to be run by cron.\n#\n# m h  dom mon dow   command\n' >"$tab"; round 'comments' 4
printf 'MAILTO=""\n\n@daily true\n\n\n' >"$tab"; round 'blank lines at the end' 6
printf '@daily true\r\n# x\r\n' >"$tab"; round 'CRLF' 3
printf '@hourly \377\001\\%% a%%b\\\n' >"$tab"; round 'odd bytes' 2
printf '#%s\n' "$line" >"$tab"; round 'it, as a comment' 2
printf '%s2\n' "$line" >"$tab"; round 'that of another project' 2
seq 1 100000 | sed 's/^/@daily echo /' >"$tab"; round 'a long one' 100001
printf '@daily a\n  */5 * * * * nice %s\r\n@daily b\n%s\n@daily c\n' "${line#\* \* \* \* \* }" "$line" >"$tab"
orch-cron -q install
is "$(cat "$tab")" "@daily a
$line
@daily b
@daily c" 'what was changed by hand, and twice, is made anew at its place'
# refused KIND WHY: it stays, nothing is said to be done, what a person can do is told.
refused() {
	cp "$tab" "$T/before"
	for way in install '-n install' uninstall; do
		[ "$way" != uninstall ] || { echo "$line" | cat - "$T/before" >"$tab"; cp "$tab" "$T/before"; }
		# shellcheck disable=SC2086 # options
		exits 69 "$1: $way" orch-cron $way
		like "$(cat "$T/out")|$(cat "$T/err")" "|*crontab -e*$2*" 'is refused'
		ok 'it stays' cmp "$tab" "$T/before"
	done
}
printf '@daily true\n@hourly false' >"$tab"; refused 'no newline at the end' 'has no newline'
printf '@daily true\n%s' "$line" >"$tab"
ok 'ours without one' orch-cron install
is "$(od -c "$tab")" "$(printf '@daily true\n%s\n' "$line" | od -c)" 'is made whole'
for odd in '@daily printf "a\rb"' '@daily grep "\bx" y'; do
	printf '%s\n' "$odd" >"$tab"; refused "$odd" 'may stand for other characters'
done
printf 'a\000b\n' >"$tab"
cp "$tab" "$T/before"
exits 65 'with a NUL' orch-cron install
ok 'it stays' cmp "$tab" "$T/before"

# --- a crontab that fails
printf '@daily true\n' >"$tab"
cp "$tab" "$T/before"
for how in denied silent half full lies dies; do
	echo $how >"$T/how"
	exits 71 "crontab that is $how" orch-cron install
	case $how in
	denied) want='*cannot be read*not allowed to use*' ;;
	silent) want='*cannot be read*ended with status 1*' ;;
	half) want='*cannot be read*or so*' ;;
	full) want='*was not replaced*No space left*' ;;
	lies) want='*not what was written*' ;;
	dies) want='*ended by signal 9*' ;;
	esac
	like "$(cat "$T/err")" "$want" 'says why'
	cmp -s "$tab" "$T/before"
	result $? 'and nothing is lost'
	is "$(cat "$T/out")" '' 'nor said to be done'
done
echo denied >"$T/how"
exits 71 'one that cannot be read may have it' orch-cron uninstall
rm "$T/how"
mkdir "$T/none" && for name in sh env cat; do ln -s "/bin/$name" "$T/none"; done
PATH=$T/none exits 71 'no crontab at all' "$ORCH_BIN/orch-cron" install
like "$(cat "$T/err")" "*'crontab'*No such file*" 'is said'
PATH=$T/none exits 0 'and has nothing to take out' "$ORCH_BIN/orch-cron" uninstall

# --- paths
# cron1, cron2: what cron makes of "%" and "\" up to a bare "%"; implementations differ.
cron1() { sed 's/^\* \* \* \* \* //; s/\([^\\]\)%.*/\1/; s/\\%/%/g'; }
cron2() { sed 's/^\* \* \* \* \* //; s/\\\\/\\/g' | cron1; }
# path NAME
path() {
	scene "$1"
	rm -f "$tab"
	orch-cron -q install 2>"$T/err" || note "$(cat "$T/err")"
	for cron in cron1 cron2; do
		$cron <"$tab" >"$T/command"
		rm -rf .orch && printf 'tasks: []\n' >tasks.yml
		(cd / && env -i HOME="$HOME" ORCH_TEST_NOW="$ORCH_TEST_NOW" /bin/sh -c "$(cat "$T/command")") >"$T/out" 2>&1 &&
			[ ! -s "$T/out" ] && grep -q 'title: A' tasks.yml
		result $? "a project '$1' as $cron runs it" || note "$(cat "$tab" "$T/out")"
	done
	orch-cron -q uninstall
	[ ! -e "$tab" ]
	result $? 'and out'
}
for name in "with 'blank" '50%$HOME' 'two\\slashes' 'before\%percent' ' # orch-cron tick of x' 'ünï'; do path "$name"; done
for name in 'back\slash' '#hash' '"quotes"' '`id`' '-dash' 'semi;colon&' '\' '%' "'" '*' '~' '!x'; do
	[ -z "${LONG-}" ] || path "$name"
done
for name in 'new
line' "$(printf 'bell\007')" "$(printf 'latin\344')"; do
	scene "$name"
	exits 65 'a path that cannot be in a crontab' orch-cron install
	exits 65 'nor in a unit' orch-cron install --systemd
done
is "$([ -e "$tab" ]; echo $?)" 1 'nothing was written'

# --- at once, and killed
printf '@daily true\n' >"$tab"
for i in 1 2 3 4 5 6 7 8; do scene "many$i"; done
for i in 1 2 3 4 5 6 7 8; do orch-cron -q -C "$T/w/many$i" install 2>>"$T/race" & done
wait
is "$(grep -c many "$tab") $(head -n 1 "$tab")" '8 @daily true' 'eight at once: eight lines'
for i in 1 2 3 4 5 6 7 8; do orch-cron -q -C "$T/w/many$i" uninstall 2>>"$T/race" & done
wait
is "$(cat "$tab")" '@daily true' 'and out'
cd "$T/w/app" || exit 1
cp "$tab" "$T/old" && printf '%s\n' "$line" | cat "$T/old" - >"$T/new"
ORCH_TEST_STEPS=$T/steps orch-cron -q install 2>/dev/null
is "$(tr '\n' ' ' <"$T/steps")" 'crontab-write crontab-check ' 'its steps'
wrong=
for step in 1 2; do
	for way in install uninstall; do
		cp "$T/old" "$tab"; [ $way = install ] || cp "$T/new" "$tab"
		ORCH_TEST_CRASH_AT=$step orch-cron -q $way >/dev/null 2>&1
		cmp -s "$tab" "$T/old" || cmp -s "$tab" "$T/new" || wrong="$wrong $way $step"
		orch-cron -q $way 2>/dev/null
		if [ $way = install ]; then cmp -s "$tab" "$T/new"; else cmp -s "$tab" "$T/old"; fi || wrong="$wrong $way $step again"
	done
done
is "$wrong" '' 'killed at each: the old one or the new one, and then it is done'
cp "$T/old" "$tab"
mkfifo "$T/held" "$T/free"
echo waits >"$T/how"
orch-cron -q install 2>/dev/null &
read -r _ <"$T/held"
kill -9 $!
wait $! 2>/dev/null
exits 1 'killed while crontab is at it: it is its turn still' flock -n "$state/install.lock" true
echo >"$T/free"
flock "$state/install.lock" true
ok 'and then all of it is there' cmp "$tab" "$T/new"
rm "$T/how"
orch-cron -q uninstall

# --- what a tick says there
scene told
printf 'jobs:\n- {id: a, schedule: "* * * * *", overlap: allow, task: {title: A}}\n- {id: b, schedule: x, task: {title: B}}\n' >jobs.yml
at() { ORCH_TEST_NOW=2026-01-0$1 orch-cron tick --log; }
exits 65 'a job that is bad' at 2T03:04:05Z
like "$(cat "$T/out")$(cat "$T/err")" 'orch-cron: job b: *' 'is told, and no id printed'
exits 65 'a minute later' at 2T03:05:05Z
is "$(cat "$T/out" "$T/err") $(orch-list | wc -l)" ' 2' 'it is not told again, and the other job has its tasks'
is "$(cut -d ' ' -f 2-3,5- .orch/log/orch.log | sort | cut -d ' ' -f 1-5)" "$(printf 'error orch-cron - job b:\ninfo orch-cron 1 made by\ninfo orch-cron 2 made by')" \
	'the log has it once, and what was made'
exits 65 'a day later' at 3T03:04:05Z
like "$(cat "$T/err")" 'orch-cron: job b: *' 'it is told again'
echo 'jobs: {' >jobs.yml
exits 65 'what else is wrong' at 3T03:05:05Z
like "$(cat "$T/err")" 'orch-cron: jobs.yml:*' 'is told'
exits 65 'and once more' at 3T03:06:05Z
is "$(cat "$T/err")" '' 'once'
echo 'nonsense: 1' >orch.yml
exits 78 'an orch.yml that is not valid' at 3T03:07:05Z
like "$(cat "$T/err")" 'orch-cron: *orch.yml:1*' 'is told'
exits 78 'and once more' at 3T03:08:05Z
is "$(cat "$T/err")" '' 'once'
is "$(grep -c ' error ' .orch/log/orch.log)" 4 'the log has them all'
rm .orch/state/cron.told && mkdir .orch/state/cron.told
at 3T03:09:05Z 2>"$T/err"
like "$(cat "$T/err")" 'orch-cron: *orch.yml:1*' 'what cannot be remembered is told'
exits 2 'no project' orch-cron -C "$T/none" tick --log
exits 2 'again' orch-cron -C "$T/none" tick --log
like "$(cat "$T/err")" '*no tasks.yml*' 'is told each time'
cd "$T/w/app" || exit 1

# --- systemd
name=orch-tick-app-$(orch-cron -n install --systemd 2>/dev/null | sed -n 's/.*orch-tick-app-\(.*\)\.timer$/\1/p' | head -n 1)
units=$HOME/.config/systemd/user
: >"$T/asked"
ok 'a timer, dry' orch-cron -n install --systemd
is "$(writes) $([ -e "$units" ]; echo $?)" '0 1' 'writes nothing'
cp "$T/out" "$T/said"
ok 'a timer' orch-cron install --systemd
is "$(cat "$T/out")" "$(cat "$T/said")" 'is as it was said'
like "$(cat "$T/err")" '*only while you are logged in: loginctl enable-linger tester' 'what it needs to go on is told'
is "$(grep -v -e --quiet -e crontab "$T/asked")" "systemctl daemon-reload
systemctl enable --now $name.timer" 'systemd is told'
sed -n "s,^+++ $units/,== ,p; s/^+//p" "$T/said" | grep -v '^++' >"$T/want"
for kind in service timer; do echo "== $name.$kind"; cat "$units/$name.$kind"; done >"$T/got"
ok 'the files are those' diff "$T/want" "$T/got"
is "$(stat -c %a "$units/$name.timer" "$units/$name.service" | tr '\n' ' ')" '644 644 ' 'and can be read'
: >"$T/asked"
ok 'once more' orch-cron install --systemd
is "$(writes) $(cat "$T/out")" '0 ' 'nothing is written or started'
rm "$T/is-active.$name.timer"
ok 'one that was stopped' orch-cron install --systemd
is "$(cat "$T/out")" "\$ systemctl --user daemon-reload
\$ systemctl --user enable --now $name.timer" 'is started'
exits 69 'a line besides' orch-cron install
like "$(cat "$T/err")" "*timer of systemd*$name.timer*orch-cron uninstall first" 'is refused'
ok 'out again' orch-cron uninstall
is "$(cat "$T/out") $(find "$units" -type f -o -type l)" "--- $units/$name.service
--- $units/$name.timer
\$ systemctl --user disable --now $name.timer
\$ systemctl --user daemon-reload " 'all of it'
orch-cron -q install 2>/dev/null
exits 69 'a timer besides a line' orch-cron install --systemd
like "$(cat "$T/err")" '*in the crontab: orch-cron uninstall first' 'is refused'
orch-cron -q uninstall
echo denied >"$T/how"
ok 'a timer for one who may have no crontab' orch-cron install --systemd
like "$(cat "$T/err")" '*whether the crontab has it too is not known*not allowed*' 'says what it does not know'
rm "$T/how"
ok 'out' orch-cron uninstall
touch "$T/no-systemd"
exits 69 'no systemd there' orch-cron install --systemd
like "$(cat "$T/err")" "*No medium found*type: systemctl --user daemon-reload && systemctl --user enable --now $name.timer" 'what to type is told'
ok 'the files are there' test -s "$units/$name.timer" -a -s "$units/$name.service"
exits 69 'once more' orch-cron install --systemd
is "$(cat "$T/out")" '' 'writes nothing, and still it does not run'
rm "$T/no-systemd"
ok 'until it is there' orch-cron install --systemd
touch "$T/no-systemd"
exits 69 'gone again, and out' orch-cron uninstall
is "$(find "$units" -type f -o -type l)" '' 'the files and the link go'
rm "$T/no-systemd"
ORCH_TEST_STEPS=$T/usteps orch-cron -q install --systemd 2>/dev/null
orch-cron -q uninstall
wrong=
for way in install uninstall; do
	for step in $(seq 1 "$(wc -l <"$T/usteps")"); do
		orch-cron -q uninstall
		[ $way = install ] || orch-cron -q install --systemd 2>/dev/null
		if [ $way = install ]; then set -- install --systemd; else set -- uninstall; fi
		ORCH_TEST_CRASH_AT=$step orch-cron -q "$@" >/dev/null 2>&1
		if [ $way = install ]; then
			orch-cron -q install --systemd 2>/dev/null && [ -e "$T/is-active.$name.timer" ]
		else
			orch-cron -q uninstall && [ -z "$(find "$units" -type f -o -type l)" ]
		fi || wrong="$wrong $way $step"
	done
done
is "$wrong" '' 'killed at each step: then it is done'
mkdir -p "$units" && echo '[Timer]' >"$units/$name.timer"
exits 69 'a timer of somebody else' orch-cron install --systemd
exits 69 'is not taken out' orch-cron uninstall
is "$(cat "$units/$name.timer")" '[Timer]' 'and stays'
rm "$units/$name.timer"
for name in 'with blank' '50%' 'a$HOME b' 'two\\slashes' '"quotes"' "it's" '\'; do
	scene "$name"
	orch-cron -q install --systemd 2>"$T/err" || note "$(cat "$T/err")"
done
is "$(find "$units" -name '*.timer' -type f | wc -l)" 7 'seven projects, seven timers'
ok "systemd is content with what is odd" systemd-analyze verify --user --man=no "$units"/orch-tick-*.timer "$units"/orch-tick-*.service
is "$(cat "$T/out" "$T/err")" '' 'and has nothing to say'
grep -h ^ExecStart "$units"/orch-tick-*.service | grep -c '\$\$HOME' >"$T/out"
is "$(cat "$T/out")" 1 'no variable is left in them'
rm -r "$units"
mkdir "$T/a \$b%c" && cp "$ORCH_BIN/orch-cron" "$T/a \$b%c" && export ORCH_SHARE="$ROOT/share/orch"
ok 'a program in such a place' "$T/a \$b%c/orch-cron" install --systemd
exits 0 'systemd is content' systemd-analyze verify --user --man=no "$units"/orch-tick-*.service
is "$(cat "$T/out" "$T/err")" '' 'and has nothing to say'
ok 'out' orch-cron uninstall
mkdir "$T/qu\"ote" && cp "$ORCH_BIN/orch-cron" "$T/qu\"ote"
exits 65 'where systemd runs none' "$T/qu\"ote/orch-cron" install --systemd
unset ORCH_SHARE

# --- Debian's crontab
PATH=$real
mount -t tmpfs -o mode=1730 tmpfs /var/spool/cron/crontabs && chgrp crontab /var/spool/cron/crontabs || exit 1
export CRONTAB_NOHEADER=N
scene "it's 50% a\\\\b"
ok 'none is there' orch-cron install
ok 'out' orch-cron uninstall
exits 1 'none is there again' crontab -l
printf '# a\n# b\n# c\n# d\nMAILTO=""\n@daily true\r\n\n' | crontab -
CRONTAB_NOHEADER=Y crontab -l >"$T/before"
ok 'a line more' orch-cron install
is "$(CRONTAB_NOHEADER=Y crontab -l | sed '$d' | od -c)" "$(od -c "$T/before")" 'behind what is there'
like "$(crontab -l | tail -n 1)" "\\* \\* \\* \\* \\* */orch-cron -C '*' tick --log # orch-cron tick of '*'" 'as it should be'
ok 'once more' orch-cron install
ok 'and goes' orch-cron uninstall
is "$(CRONTAB_NOHEADER=Y crontab -l | od -c)" "$(od -c "$T/before")" 'the rest is as it was'
unset CRONTAB_NOHEADER
# What -l prints as two characters: a CR and a backspace, and no other of the 255.
spool=/var/spool/cron/crontabs/root
{ printf 'A=1\r\n@daily printf "a\\rb\\b\\\\r\b" \b\r\n'; awk 'BEGIN { for (i = 1; i < 256; i++) if (i != 10) printf "#%d <%c>\n", i, i }' |
	LC_ALL=C sed 's/$/ x/'; } >"$T/odd"
cp "$T/odd" $spool && chmod 600 $spool
ok 'what crontab -l does not show as it is' env EDITOR=false orch-cron install
ok 'stays byte for byte' sh -c "tail -n +4 $spool | grep -av 'orch-cron tick of' | cmp - '$T/odd'"
ok 'once more' orch-cron install
ok 'and goes' orch-cron uninstall
ok 'it is as it was' sh -c "tail -n +4 $spool | cmp - '$T/odd'"
printf '@daily true' >$spool
exits 69 'one without a newline' orch-cron install
is "$(cat $spool "$T/out")" '@daily true' 'is refused before Debian does it'
CRONTAB_NOHEADER=Y crontab - <"$T/before"
long=$(printf '%0200d' 0) && long=$long/$long/$long
scene "$long"
exits 71 'a path that is too long for cron' orch-cron install
like "$(cat "$T/err")" '*was not replaced*command too long*' 'in its words'
is "$(crontab -l | od -c)" "$(od -c "$T/before")" 'the rest is as it was'
crontab -r
# One who is not root, for whom crontab is setgid, in a place that he can get at.
mount -t tmpfs -o mode=755 tmpfs /mnt && cp -R "$ROOT/share/orch" /mnt/share && cp "$ORCH_BIN/orch-cron" /mnt && mkdir /mnt/p || exit 1
printf 'tasks: []\n' >/mnt/p/tasks.yml
chown -R nobody /mnt/p
ok 'one who is not root' env HOME=/mnt/p ORCH_SHARE=/mnt/share setpriv --reuid nobody --regid nogroup --clear-groups \
	/mnt/orch-cron -C /mnt/p install
like "$(crontab -u nobody -l)" '*orch-cron tick of /mnt/p' 'has a line, too'
if [ -z "${LONG-}" ]; then
	done_testing
fi

# --- each minute, really
# comes: a task, within two minutes.
comes() {
	for _ in $(seq 1 130); do grep -q 'title: A' tasks.yml && return; sleep 1; done
	return 1
}
unset ORCH_TEST_NOW
scene "it's 50% a\\\\b daily"
mount -t tmpfs tmpfs /run && mount -t tmpfs tmpfs /etc/cron.d && : >"$T/crontab" && mount --bind "$T/crontab" /etc/crontab || exit 1
cron -f & pid=$!
printf 'HOME=%s\n' "$HOME" | crontab -
until [ -s /run/crond.pid ]; do sleep 0.1; done
ok 'installed, and cron runs' env -u ORCH_BIN orch-cron install
is "$(cat "$T/err")" '' 'as is seen'
ok 'cron makes a task' comes
kill $pid
wait $pid
crontab -l | sed 's/^\* /x /' >"$T/out"
scene 'systemd $HOME 50% \\ "x"'
mkdir -p /run/systemd/system
mount --bind /sys/fs/cgroup/unified /sys/fs/cgroup 2>/dev/null
mkdir "/sys/fs/cgroup/orch-test-$$" && echo $$ >"/sys/fs/cgroup/orch-test-$$/cgroup.procs" || exit 1
/lib/systemd/systemd --user --unit=basic.target >"$T/systemd" 2>&1 & pid=$!
for _ in $(seq 1 100); do [ ! -S "$XDG_RUNTIME_DIR/systemd/private" ] || break; sleep 0.1; done
ok 'installed for systemd' orch-cron install --systemd
ok 'once more' orch-cron install --systemd
like "$(cat "$T/err")" '*it is installed already*' 'says so'
ok 'systemd makes a task' comes
ok 'out' orch-cron uninstall
is "$(find "$HOME/.config/systemd" "$HOME/.local/share" -type f -o -type l)" '' 'nothing is left'
kill $pid
wait $pid
echo $$ >/sys/fs/cgroup/cgroup.procs
find "/sys/fs/cgroup/orch-test-$$" -depth -type d -exec rmdir {} \;
done_testing
