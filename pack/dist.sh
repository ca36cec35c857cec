#!/bin/sh
# dist.sh - the sources as a tar archive: the same files, the same bytes
#
#	dist.sh list			its files, sorted, a zero byte behind each
#	dist.sh epoch			the time of all of them
#	dist.sh make VERSION FILE	writes it
#	dist.sh check VERSION FILE	unpacks it, builds, tests, installs and packs it there
#
# In a git checkout these are the tracked files as they lie there, and the time is that of the
# commit; in an unpacked archive it is all but build/, and the time of the newest: so both
# make the same bytes.  SOURCE_DATE_EPOCH is another time.
set -eu
cd "$(dirname "$0")/.."

list() {
	if [ -e .git ]; then
		git ls-files -z | LC_ALL=C sort -z
	else
		find . -mindepth 1 -path ./build -prune -o ! -type d -printf '%P\0' | LC_ALL=C sort -z
	fi
}

epoch() {
	if [ -n "${SOURCE_DATE_EPOCH-}" ]; then
		echo "$SOURCE_DATE_EPOCH"
	elif [ -e .git ]; then
		git log -1 --format=%ct
	else
		find . -mindepth 1 -path ./build -prune -o ! -type d -printf '%T@\n' | sort -n | tail -n 1 | cut -d . -f 1
	fi
}

# pack VERSION FILE: modes are those that git knows, whatever the umask of the checkout was.
pack() {
	at=$(epoch)
	[ -n "$at" ] || { echo 'dist.sh: no time is known' >&2; return 1; }
	mkdir -p "$(dirname "$2")"
	list >"$2.list"
	tar --create --format=ustar --owner=0 --group=0 --numeric-owner --mtime="@$at" \
		--mode=u+rw,go+rX,go-w --transform="s,^,orch-$1/,S" \
		--no-recursion --null --verbatim-files-from --files-from="$2.list" --file "$2.tar"
	gzip -9n <"$2.tar" >"$2.new"
	rm "$2.tar" "$2.list"
	mv "$2.new" "$2"
}

# check VERSION FILE: all that a person does with it who has nothing else.
check() {
	file=$(realpath "$2") dir=$(realpath build)/distcheck
	rm -rf "$dir"
	mkdir "$dir"
	tar -xzf "$file" -C "$dir"
	cd "$dir/orch-$1"
	make check lint
	make install DESTDIR="$dir/root" PREFIX=/usr
	make installcheck DESTDIR="$dir/root" PREFIX=/usr
	make uninstall DESTDIR="$dir/root" PREFIX=/usr
	[ -z "$(ls -A "$dir/root")" ] || { echo "dist.sh: uninstall left something in $dir/root" >&2; return 1; }
	make dist
	cmp "$file" "build/orch-$1.tar.gz"
	cd "$dir/.."
	rm -rf "$dir"
	echo "orch-$1.tar.gz: built, tested, installed, removed, packed again: the same bytes"
}

verb=${1:?dist.sh: list, epoch, make or check}
shift
case $verb in
list | epoch) $verb ;;
make) pack "$@" ;;
check) check "$@" ;;
*) echo "dist.sh: '$verb' is none of list, epoch, make, check" >&2; exit 1 ;;
esac
