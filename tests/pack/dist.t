#!/bin/sh
# make dist: exactly the tracked files, the same bytes whoever packs them when, unpacked or
# not.  That what is packed builds and passes its tests is for `make distcheck`, and LONG=1.
# shellcheck disable=SC2034 # for sh.sh
[ -z "${LONG-}" ] || TEST_TIMEOUT=3000
# shellcheck source=tests/lib/sh.sh
. "$(dirname "$0")/../lib/sh.sh"
dist=$ROOT/pack/dist.sh
version=$("$ORCH_BIN/orch" --version | cut -d ' ' -f 2)
cd "$ROOT" || exit 1

ok 'it is packed' "$dist" make "$version" "$T/a.tgz"
ok 'in another zone, with another umask' env TZ=Pacific/Kiritimati sh -c 'umask 077; exec "$@"' sh "$dist" make "$version" "$T/b.tgz"
ok 'the same bytes' cmp "$T/a.tgz" "$T/b.tgz"
tar -tzf "$T/a.tgz" | sed "s,^orch-$version/,," >"$T/names"
if [ -e .git ]; then git ls-files >"$T/tracked"; else find . -path ./build -prune -o ! -type d -printf '%P\n' >"$T/tracked"; fi
is "$(LC_ALL=C sort "$T/tracked" | diff - "$T/names")" '' 'exactly the tracked files, sorted'
is "$(tar --numeric-owner -tvzf "$T/a.tgz" | awk '{ print $1, $2 }' | sort -u)" '-rw-r--r-- 0/0
-rwxr-xr-x 0/0' 'they are nobody'\''s'
is "$(TZ=UTC tar --full-time -tvzf "$T/a.tgz" | awk '{ print $4, $5 }' | sort -u)" "$(date -u -d "@$("$dist" epoch)" '+%F %T')" 'all of one time'
SOURCE_DATE_EPOCH=86400 "$dist" make "$version" "$T/c.tgz"
is "$(tar --full-time -tvzf "$T/c.tgz" | awk '{ print $4, $5 }' | sort -u)" '1970-01-02 00:00:00' 'or of SOURCE_DATE_EPOCH'
is "$(ls "$T"/*.tgz* | wc -l)" 3 'nothing else is left'

# Somebody who has the archive alone.
(umask 077 && cd "$T/w" && tar --no-same-permissions -xzf "$T/a.tgz")
tree=$T/w/orch-$version
# sums DIR: of all those files
sums() { (cd "$1" && tr '\n' '\0' <"$T/tracked" | xargs -0 cksum); }
sums . >"$T/sums" && sums "$tree" >"$T/theirs"
ok 'every byte is there' cmp "$T/sums" "$T/theirs"
mkdir -p "$tree/build/release" && : >"$tree/build/release/flags"
ok 'it can be packed again' "$tree/pack/dist.sh" make "$version" "$T/d.tgz"
ok 'the same bytes' cmp "$T/a.tgz" "$T/d.tgz"
ok 'all could be made' make -n -C "$tree" all unit install DESTDIR="$T/root"
ok 'a program is compiled' make -s -C "$tree" V=debug CFLAGS='-g0 -w' build/debug/cmd/orch.o build/debug/lib/base/opt.o
like "$(cat "$T/out" "$T/err")" '' 'without a word'
make -s -C "$ROOT" V=release B="$T/one" "$T/one/lib/base/opt.o"
make -s -C "$tree" V=release B="$T/two" "$T/two/lib/base/opt.o"
ok 'an object is the same wherever it is built, debug information and all' cmp "$T/one/lib/base/opt.o" "$T/two/lib/base/opt.o"
mkdir "$T/w/inside" && git init -q "$T/w/inside" && mv "$tree" "$T/w/inside"
SOURCE_DATE_EPOCH=86400 "$T/w/inside/orch-$version/pack/dist.sh" make "$version" "$T/e.tgz"
ok 'in a repository of somebody else too' cmp "$T/c.tgz" "$T/e.tgz"

# A file that git knows and that is gone is not left out in silence.
git init -q "$T/repo" && cp -R "$ROOT/pack" "$T/repo" && : >"$T/repo/gone"
cd "$T/repo" && git add . && git commit -qm 'one' && rm gone
exits 2 'a file that is gone' pack/dist.sh make "$version" "$T/f.tgz"
like "$(cat "$T/err")" '*gone*' 'is named'
ok 'and there is no archive' test ! -e "$T/f.tgz"
[ -z "${LONG-}" ] || ok 'it builds and passes its tests' make -C "$ROOT" distcheck
done_testing
