#!/bin/sh
# make install, installcheck, uninstall: under any umask, in a DESTDIR with blanks, over
# another version; what was there before is there afterwards, and nothing else.
# shellcheck source=tests/lib/sh.sh
. "$(dirname "$0")/../lib/sh.sh"
completions=$T/c
names=$(cd "$ORCH_BIN" && ls)
ok 'the completions are made' "$ROOT/completions/generate.sh" "$ORCH_BIN" "$completions"

# install [TREE]: what `make install` runs once all is built; PREFIX and DESTDIR are exported.
export PREFIX=/opt/orch "DESTDIR=$T/the root"
# shellcheck disable=SC2086 # a list of names
install() { (cd "${1:-$ROOT}" && pack/install.sh install "$ORCH_BIN" "$completions" $names); }
made() { make -s -C "$ROOT" "$1" DESTDIR="$DESTDIR" PREFIX="$PREFIX"; }
# tree DIR: what is there, with modes, links and contents
tree() { (cd "$1" && find . -printf '%p %m %l\n' -type f -exec cksum {} + | sort); }
like "$(make -n -C "$ROOT" install PREFIX=/opt/orch)" "*pack/install.sh install *" 'make install runs it'

# What the machine has already, and keeps.
mkdir -p "$DESTDIR/opt/orch/bin" "$DESTDIR/opt/orch/share/orch/agents"
echo mine >"$DESTDIR/opt/orch/share/orch/agents/mine.txt"
echo theirs >"$DESTDIR/opt/orch/bin/theirs"
tree "$DESTDIR" >"$T/before"
umask 077
ok 'it is installed, umask 077' install
umask 022
is "$(find "$DESTDIR/opt/orch/lib" "$DESTDIR/opt/orch/share/man" "$DESTDIR/opt/orch/share/doc" -type d ! -perm 755 -o \
	-type f ! -perm 644 ! -perm 755)" '' 'everybody can read it'
is "$(cd "$DESTDIR/opt/orch/bin" && find . -type f -perm 755 | wc -l)" "$(echo "$names" | wc -l)" 'and start it'
is "$(find "$DESTDIR" -name '*.orch-new' -o -name '*.new')" '' 'nothing half is left'
tree "$DESTDIR" >"$T/first"
ok 'once more' install
tree "$DESTDIR" >"$T/second"
ok 'is the same' cmp "$T/first" "$T/second"
for page in "$ROOT"/man/*; do
	[ -f "$DESTDIR/opt/orch/share/man/man${page##*.}/${page##*/}" ] || echo "$page"
done >"$T/missing"
for file in README.md NEWS LICENSE $(cd "$ROOT" && find examples -type f); do
	cmp "$ROOT/$file" "$DESTDIR/opt/orch/share/doc/orch/$file" 2>&1
done >>"$T/missing"
is "$(cat "$T/missing")" '' 'pages, documents and examples are there'
units=$DESTDIR/opt/orch/lib/systemd/user
is "$(sed -n 's/^ExecStart=//p' "$units/orch-cron@.service")" '/opt/orch/bin/orch-cron -q tick' 'a unit names the program that was installed'
is "$(cd "$units" && ls)" "$(cd "$ROOT/systemd" && ls)" 'all units are there'

ok 'installcheck' made installcheck
like "$(cat "$T/out")" "tried in $DESTDIR/opt/orch: $(echo "$names" | wc -l) commands, a task is done" 'tries each command'
# breaks FILE NAME: without that file, or with it broken, installcheck fails and says so
breaks() {
	mv "$DESTDIR/opt/orch/$1" "$T/away"
	[ -z "${3-}" ] || printf "%s\n" "$3" >"$DESTDIR/opt/orch/$1"
	chmod 755 "$DESTDIR/opt/orch/$1" 2>/dev/null
	exits 2 "installcheck: $2" made installcheck
	like "$(cat "$T/err")" "*installcheck: *$2*" 'is said'
	rm -f "$DESTDIR/opt/orch/$1"
	mv "$T/away" "$DESTDIR/opt/orch/$1"
}
breaks bin/orch-gc 'on PATH'
breaks bin/orch-gc 'its version' '#!/bin/sh'
breaks share/man/man1/orch-add.1 'orch-add: there is no'
breaks share/orch/prompts/system.md 'ended with'
breaks share/orch/schema/tasks.json 'tasks.json'
breaks share/zsh/site-functions/_orch 'completions: there is no'

# Another version: one page less, one file more.
mkdir "$T/next"
cp -R "$ROOT/pack" "$ROOT/man" "$ROOT/share" "$ROOT/examples" "$ROOT/systemd" "$ROOT/README.md" "$ROOT/NEWS" "$ROOT/LICENSE" "$T/next"
rm "$T/next/man/orch-gc.1"
mkdir "$T/next/examples/more" && echo more >"$T/next/examples/more/more"
ok 'another version over it' install "$T/next"
is "$(cd "$DESTDIR/opt/orch/share" && ls man/man1/orch-gc.1 doc/orch/examples/more/more 2>/dev/null)" doc/orch/examples/more/more \
	'what it does not have is gone'
ok 'this one over that' install
tree "$DESTDIR" >"$T/second"
ok 'and all is as at first' cmp "$T/first" "$T/second"
ok 'another version once more' install "$T/next"
ok 'make uninstall of this one' made uninstall
tree "$DESTDIR" >"$T/after"
ok 'leaves what was there' cmp "$T/before" "$T/after" || note "$(diff "$T/before" "$T/after")"
exits 2 'a second uninstall' made uninstall
like "$(cat "$T/err")" '*nothing is known to be installed*' 'has nothing to do and says so'

# Cut off in the middle: what is half there is known.
printf '#!/bin/sh\ncase $* in *share/man/man5*) kill -9 $PPID ;; esac\nexec /usr/bin/mv "$@"\n' >"$T/next/mv"
chmod +x "$T/next/mv"
# shellcheck disable=SC2086 # a list of names
exits 137 'killed while it installs' env PATH="$T/next:$PATH" sh -c 'cd "$ROOT" && exec pack/install.sh install "$ORCH_BIN" "$0" $*' "$completions" $names
ok 'some of it is there' test -s "$DESTDIR/opt/orch/share/man/man1/orch-add.1"
ok 'uninstall' made uninstall
tree "$DESTDIR" >"$T/after"
ok 'takes that away too' cmp "$T/before" "$T/after" || note "$(diff "$T/before" "$T/after")"

# A list that somebody has changed takes nothing else away.
ok 'installed' install
echo 'f /etc/passwd' >>"$DESTDIR/opt/orch/share/orch/installed"
mkdir "$DESTDIR/etc" && : >"$DESTDIR/etc/passwd"
exits 2 'a list with a strange line' made uninstall
ok 'nothing was removed' test -e "$DESTDIR/etc/passwd" -a -e "$DESTDIR/opt/orch/bin/orch"
sed -i '$s,.*,f /opt/orch/../../etc/passwd,' "$DESTDIR/opt/orch/share/orch/installed"
exits 2 'one that climbs' made uninstall
ok 'nor' test -e "$DESTDIR/etc/passwd" -a -e "$DESTDIR/opt/orch/bin/orch"

for prefix in usr/local ./x '' '/a b'; do
	exits 2 "PREFIX='$prefix'" make -n -C "$ROOT" install PREFIX="$prefix"
	like "$(cat "$T/err")" '*absolute path*' 'is refused'
done
PREFIX='/x"y' exits 1 'a PREFIX that a unit cannot name' install
PREFIX=/a/../b exits 1 'one that climbs' install
PREFIX=/a/./b exits 1 'one that stands still' install
like "$(cat "$T/err")" "*PREFIX '/a/./b' has a . or .. in it" 'is refused'
DESTDIR=$T/slashes PREFIX=/opt//orch/// ok 'one with slashes' install
like "$(cat "$T/out")" "installed in $T/slashes/opt/orch: *" 'is the same without'
is "$(grep -c // "$T/slashes/opt/orch/share/orch/installed" "$T/slashes/opt/orch/lib/systemd/user/orch-cron@.service" | tr '\n' ' ' | sed "s,$T/,,g")" \
	'slashes/opt/orch/share/orch/installed:0 slashes/opt/orch/lib/systemd/user/orch-cron@.service:0 ' 'and none is written down'
ok 'nothing is in the scratch folder' test -z "$(ls "$TMPDIR")"
done_testing
