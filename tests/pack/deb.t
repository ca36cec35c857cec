#!/bin/sh
# make deb: the package is the same each time, says what it needs, has what belongs to it where
# Debian has it; in a scratch root it is installed, tried, removed, and nothing is left.
# shellcheck disable=SC2153 # ROOT is the checkout
# shellcheck source=tests/lib/sh.sh
. "$(dirname "$0")/../lib/sh.sh"
cd "$ROOT" || exit 1
loaded=${ORCH_BIN%/*}/loaded
names=$(cd "$ORCH_BIN" && ls)
version=$("$ORCH_BIN/orch" --version | cut -d ' ' -f 2)
deb=$T/a/orch_$version-1_$(dpkg --print-architecture).deb
DEBFULLNAME='A Tester' DEBEMAIL=tester@debian.org DEB_XZ=0
export DEBFULLNAME DEBEMAIL DEB_XZ
ok 'the completions are made' completions/generate.sh "$loaded" "$T/c"
# shellcheck disable=SC2086 # a list of names
pack() { pack/deb.sh "$version" "$loaded" "$T/c" "$1" $names; }
(TZ=Pacific/Kiritimati pack "$T/b") >"$T/b.out" 2>&1 &
other=$!
umask 077
ok 'it is built, umask 077' pack "$T/a"
is "$(cat "$T/out")" "$deb" 'its name is printed'
umask 022
# It takes as long as all the rest, which is done meanwhile.
lintian=
if command -v lintian >/dev/null; then
	mkdir "$T/lintian"
	TMPDIR=$T/lintian lintian --allow-root -I --fail-on error,warning,info "$deb" >"$T/lintian.out" 2>"$T/lintian.err" &
	lintian=$!
fi
wait "$other"
ok 'once more, the same bytes' cmp "$deb" "$T/b/${deb##*/}"
ok 'nothing is left of that' test -z "$(ls -A "$TMPDIR")"

field() { dpkg-deb -f "$deb" "$1"; }
is "$(field Package) $(field Version) $(field Maintainer)" "orch $version-1 A Tester <tester@debian.org>" 'its name'
like "$(field Depends)" 'libc6 (>= 2.*), libcurl*4 (>= *), libgit2-* (>= *), libjansson4 (>= *), libyaml-0-2 (>= *), git' 'what it needs'
is "$(field Depends | tr ',' '\n' | sed 's/^ //; s/(>= \(.*\))/\1/' | while read -r package least; do
	dpkg --compare-versions "$(dpkg-query -W -f '${Version}\n' "$package" | head -n 1)" ge "${least:-0}" || echo "$package $least"
done)" '' 'this machine has all of it'
dpkg-deb --ctrl-tarfile "$deb" | tar -t | sort >"$T/control"
is "$(tr '\n' ' ' <"$T/control")" './ ./control ./md5sums ' 'no scripts, no conffiles'
dpkg-deb -c "$deb" >"$T/list"
is "$(awk '{ print $2 }' "$T/list" | sort -u)" root/root 'all is root'\''s'
is "$(awk '{ print $1 }' "$T/list" | sort -u)" '-rw-r--r--
-rwxr-xr-x
drwxr-xr-x
lrwxrwxrwx' 'with the modes of Debian'
is "$(awk '{ print $6 }' "$T/list" | grep -v /examples/ | grep -E '/(man|doc)/.*(\.[157]|NEWS)$')" '' 'pages and news are compressed'
for path in usr/bin/orch usr/share/man/man1/orch-add.1.gz usr/share/doc/orch/copyright usr/share/doc/orch/changelog.Debian.gz \
	usr/share/doc/orch/examples/nightly.sh usr/lib/systemd/user/orch-cron@.timer usr/share/zsh/vendor-completions/_orch \
	usr/share/bash-completion/completions/orch-list usr/share/fish/vendor_completions.d/orch.fish; do
	grep -qE " \./$path( ->.*)?$" "$T/list"
	result $? "$path"
done

# A root with nothing in it but what dpkg keeps.
root=$T/root
mkdir -p "$root/var/lib/dpkg/info" "$root/var/lib/dpkg/updates" "$root/usr/bin" "$root/usr/share/doc/other" "$root/tmp"
: >"$root/var/lib/dpkg/status"
echo theirs >"$root/usr/bin/theirs"
there() { (cd "$root" && find . -path ./var/lib/dpkg -prune -o -printf '%p %m\n' | sort); }
there >"$T/before"
inside() { dpkg --root="$root" --force-not-root --force-script-chrootless --force-depends --log=/dev/null "$@"; }
ok 'dpkg installs it' inside -i "$deb"
is "$(inside -s orch | sed -n 's/^Status: //p')" 'install ok installed' 'and knows it'
is "$(cd "$root" && md5sum --quiet -c var/lib/dpkg/info/orch.md5sums 2>&1)" '' 'each sum is right'
is "$(cd "$root" && find usr -type f ! -name theirs | wc -l)" "$(wc -l <"$root/var/lib/dpkg/info/orch.md5sums")" 'and each file has one'
ok 'what is installed works' make -s installcheck DESTDIR="$root" PREFIX=/usr
like "$(cat "$T/out")" '*a task is done' 'a task is done'
mkdir "$T/bin" && printf '#!/bin/sh\necho "$@"\n' >"$T/bin/man" && chmod +x "$T/bin/man"
is "$(PATH=$T/bin:$PATH "$root/usr/bin/orch" help add)" "-l $root/usr/bin/../share/man/man1/orch-add.1.gz" 'orch help finds the page'
ok 'dpkg removes it' inside -P orch
there >"$T/after"
ok 'and all is as it was' cmp "$T/before" "$T/after" || note "$(diff "$T/before" "$T/after")"
if [ -n "$lintian" ]; then
	exits 0 'lintian' wait "$lintian"
	is "$(cat "$T/lintian.out")" '' 'has nothing to say' || note "$(cat "$T/lintian.err")"
else
	note 'there is no lintian here (Debian package lintian): the package was not looked at by it'
fi
done_testing
