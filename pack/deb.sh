#!/bin/sh
# deb.sh - a Debian package of what was built: the same bytes from the same binaries
#
#	deb.sh VERSION BINDIR COMPLETIONS OUTDIR COMMAND..
#
# Writes OUTDIR/orch_VERSION-1_ARCH.deb and prints its name.  No debhelper: the files are those
# of `make install PREFIX=/usr`, with pages and documents compressed, programs stripped and
# what Debian has in other places put there.  Depends is computed: what a program loads, its
# package, and the version it was linked with, or for libc that of the newest symbol.
# DEBFULLNAME and DEBEMAIL are whom the package names, as everywhere in Debian; DEB_XZ is the
# level of compression.
set -eu
[ $# -ge 5 ] || { echo 'usage: deb.sh VERSION BINDIR COMPLETIONS OUTDIR COMMAND..' >&2; exit 2; }
version=$1 bin=$2 completions=$3 out=$4
shift 4
umask 022
LC_ALL=C
export LC_ALL
arch=$(dpkg --print-architecture)
at=$(pack/dist.sh epoch)
maintainer="${DEBFULLNAME:-The orch authors} <${DEBEMAIL:-orch@localhost}>"
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
trap 'exit 1' HUP INT TERM
root=$tmp/root
mkdir -p "$root/DEBIAN" "$tmp/bin" "$out"
chmod 755 "$root"

# Programs, pages, documents.
for name in "$@"; do strip --strip-unneeded -R .comment -o "$tmp/bin/$name" "$bin/$name"; done
DESTDIR=$root PREFIX=/usr pack/install.sh install "$tmp/bin" "$completions" "$@" >/dev/null
doc=$root/usr/share/doc/orch
rm "$root/usr/share/orch/installed" "$doc/LICENSE"
mkdir -p "$root/usr/share/zsh/vendor-completions"
mv "$root/usr/share/zsh/site-functions/_orch" "$root/usr/share/zsh/vendor-completions"
rmdir "$root/usr/share/zsh/site-functions"
find "$root/usr/share/man" -type f -exec gzip -9n {} +
gzip -9n "$doc/NEWS" "$doc/README.md"

mkdir -p "$root/usr/share/lintian/overrides"
cat >"$root/usr/share/lintian/overrides/orch" <<'END'
# The package is made by its authors, not uploaded to Debian: there is no bug to close.
orch: initial-upload-closes-no-bugs [usr/share/doc/orch/changelog.Debian.gz:*]
# examples/demo makes a git repository of this folder.
orch: package-contains-vcs-control-file [usr/share/doc/orch/examples/demo/wordcount/.gitignore]
# Samples: orch-init --hooks fills them in and makes them executable.
orch: script-not-executable [usr/share/orch/hooks/*.sample]
# They are read by the programs, not by people.
orch: package-contains-documentation-outside-usr-share-doc [usr/share/orch/prompts/*.md]
END

when=$(date -u -R -d "@$at")
printf '%s\n' "orch ($version-1) unstable; urgency=medium" '' \
	'  * What is new stands in NEWS.gz.' '' " -- $maintainer  $when" | gzip -9n >"$doc/changelog.Debian.gz"
{
	printf '%s\n' 'Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/' \
		'Upstream-Name: orch' '' 'Files: *'
	sed -n '1s/^Copyright (c) /Copyright: /p' LICENSE
	echo 'License: ISC'
	sed '1,2d; s/^$/./; s/^/ /' LICENSE
} >"$doc/copyright"

# needs: what the programs load, "package (>= version)" a line.  dpkg is asked once for all, by
# each name that a library may be known under: /lib is a link to /usr/lib.
needs() {
	readelf -d "$@" | sed -n 's/.*(NEEDED).*\[\(.*\)\]$/\1/p' | sort -u >"$tmp/needed"
	ldd "$@" | awk 'NR == FNR { want[$1]; next }
		{ n = split($1, part, "/") } part[n] in want { print $2 == "=>" ? $3 : $1 }' "$tmp/needed" - | sort -u | xargs realpath | sort -u >"$tmp/libs"
	sed 'p; s,^/usr,,' "$tmp/libs" | sort -u | xargs dpkg -S >"$tmp/owners" 2>/dev/null || :
	while read -r lib; do
		grep -q -e ": $lib\$" -e ": ${lib#/usr}\$" "$tmp/owners" || { echo "deb.sh: $lib is of no package" >&2; return 1; }
	done <"$tmp/libs"
	sed 's/:.*//' "$tmp/owners" | sort -u >"$tmp/packages"
	while read -r package; do
		case $package in
		libc6) least=$(readelf -V "$@" | grep -o 'GLIBC_[0-9.]*' | sed 's/GLIBC_//' | sort -Vu | tail -n 1) ;;
		*) least=$(dpkg-query -W -f '${Version}\n' "$package" | sort -V | head -n 1 | sed 's/-[^-]*$//') ;;
		esac
		echo "$package (>= $least)"
	done <"$tmp/packages"
}
comma() { tr '\n' ',' | sed 's/,$//; s/,/, /g'; }
(cd "$tmp/bin" && needs "$@") >"$tmp/needs"
depends=$(comma <"$tmp/needs")
(cd "$root" && find usr -type f -print0 | sort -z | xargs -0 md5sum) >"$root/DEBIAN/md5sums"
size=$(find "$root/usr" -printf '%y %s\n' | awk '{ n += $1 == "f" ? int(($2 + 1023) / 1024) : 1 } END { print n }')
{
	printf '%s\n' 'Package: orch' "Version: $version-1" "Architecture: $arch" "Maintainer: $maintainer" \
		"Installed-Size: $size" "Depends: $depends, git"
	printf '%s\n' 'Recommends: ca-certificates, tzdata' 'Suggests: bubblewrap, gh, graphviz, man-db' \
		'Section: devel' 'Priority: optional' \
		'Description: drive coding agents from a task file' \
		' orch is a suite of small programs that turn a YAML file of tasks into finished' \
		' work: each task is given to a coding agent, runs in a git work tree of its own,' \
		' is checked with your own commands, retried when it fails, and parked when it' \
		' needs a person.' ' .' \
		' There is no daemon and no database: cron, hooks of git, pipelines and people' \
		' start the programs, and the state is a text file that can be edited by hand.'
} >"$root/DEBIAN/control"
find "$root" -exec touch -hd "@$at" {} +
deb=$out/orch_$version-1_$arch.deb
SOURCE_DATE_EPOCH=$at dpkg-deb --root-owner-group --threads-max=1 -Zxz -z"${DEB_XZ:-6}" --build "$root" "$deb" >/dev/null
echo "$deb"
