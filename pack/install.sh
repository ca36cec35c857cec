#!/bin/sh
# install.sh - puts the suite below $DESTDIR$PREFIX, and takes it away again
#
#	install.sh install BINDIR COMPLETIONS COMMAND..
#	install.sh uninstall
#
# PREFIX and DESTDIR come in the environment.  Modes are the same under every umask.  A file
# takes the place of an older one in one step: cron, which may start it at that moment, finds
# the one or the other.
#
# $PREFIX/share/orch/installed lists what was made, "d PATH" and "f PATH" without DESTDIR.
# uninstall removes that and nothing else, whichever version has made it; install removes what
# the version before had and this one has not.  The list is written before the first file,
# with all that may come, so that it covers an installation that was cut off.
set -eu
umask 022
DESTDIR=${DESTDIR-} PREFIX=${PREFIX:?install.sh: no PREFIX}

die() {
	echo "install.sh: $1" >&2
	exit 1
}

# PREFIX stands in the units of systemd and in a program: no character of it may mean anything.
case $PREFIX in
/*[!A-Za-z0-9/._+,~-]* | [!/]*) die "PREFIX '$PREFIX' is not an absolute path of letters, digits and ._+,~-" ;;
*/../* | */.. | */./* | */.) die "PREFIX '$PREFIX' has a . or .. in it" ;;
esac
PREFIX=$(echo "$PREFIX" | tr -s /)
while [ "${PREFIX%/}" != "$PREFIX" ]; do PREFIX=${PREFIX%/}; done
share=$PREFIX/share
installed=$share/orch/installed
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
trap 'exit 1' HUP INT TERM

# plan BINDIR COMPLETIONS COMMAND..: for each file its mode, where it comes from and where it
# goes; of a link the mode is "link".
plan() {
	bin=$1 completions=$2
	shift 2
	for name in "$@"; do printf '755\t%s\t%s\n' "$bin/$name" "$PREFIX/bin/$name"; done
	for page in man/*.[157]; do printf '644\t%s\t%s\n' "$page" "$share/man/man${page##*.}/${page##*/}"; done
	find share/orch -type f | LC_ALL=C sort | while read -r file; do
		printf '644\t%s\t%s\n' "$file" "$PREFIX/$file"
	done
	for file in README.md NEWS LICENSE; do printf '644\t%s\t%s\n' "$file" "$share/doc/orch/$file"; done
	find examples -type f | LC_ALL=C sort | while read -r file; do
		if [ -x "$file" ]; then mode=755; else mode=644; fi
		printf '%s\t%s\t%s\n' "$mode" "$file" "$share/doc/orch/$file"
	done
	for unit in systemd/*.service systemd/*.timer; do
		# systemd looks for programs in places of its own, of which PREFIX may be none.
		sed "s,^\(Exec[A-Za-z]*=[-@:+!]*\)orch,\1$PREFIX/bin/orch," "$unit" >"$tmp/${unit##*/}"
		printf '644\t%s\t%s\n' "$tmp/${unit##*/}" "$PREFIX/lib/systemd/user/${unit##*/}"
	done
	# Shells look for the completions of a command under its name.
	cp "$completions/orch.bash" "$tmp/orch"
	printf '644\t%s\t%s\n' "$tmp/orch" "$share/bash-completion/completions/orch" \
		"$completions/_orch" "$share/zsh/site-functions/_orch" \
		"$completions/orch.fish" "$share/fish/vendor_completions.d/orch.fish"
	for name in "$@"; do
		[ "$name" != orch ] || continue
		printf 'link\torch\t%s\n' "$share/bash-completion/completions/$name"
		printf 'link\torch.fish\t%s\n' "$share/fish/vendor_completions.d/$name.fish"
	done
}

# folder PATH: made where it is missing, those above it first, and told.
folder() {
	[ -n "$1" ] && [ ! -d "$DESTDIR$1" ] || return 0
	folder "${1%/*}"
	mkdir "$DESTDIR$1"
	echo "d $1"
}

# list FILE: that is what is installed.
list() {
	cp "$1" "$DESTDIR$installed.new"
	mv "$DESTDIR$installed.new" "$DESTDIR$installed"
}

# known FILE: the list of what is there; a line that no install has written is not obeyed.
known() {
	: >"$1"
	[ ! -e "$DESTDIR$installed" ] || cat "$DESTDIR$installed" >"$1"
	while read -r kind path; do
		case $kind:$path in
		*/../* | */..) ;;
		f:"$PREFIX"/?*) continue ;;
		d:/?*) case $PREFIX/ in "$path"/*) continue ;; esac
			case $path in "$PREFIX"/*) continue ;; esac ;;
		esac
		die "$DESTDIR$installed is damaged: '$kind $path'"
	done <"$1"
}

# files_away FILE: the files that it lists are removed, the list of all as the last.
files_away() {
	{ grep -vxF "f $installed" "$1"; grep -xF "f $installed" "$1"; } | sed -n 's/^f //p' |
		while IFS= read -r path; do echo "$DESTDIR$path"; done | tr '\n' '\0' | xargs -0 rm -f
	sed -n 's,^f \(.*\)/[^/]*$,\1,p' "$1" | sort -u |
		while IFS= read -r path; do rm -rf "$DESTDIR$path/.orch-new"; done
}

# folders_away FILE: those of the folders that are empty are removed, the others told.
folders_away() {
	sed -n 's/^d //p' "$1" | LC_ALL=C sort -r | while IFS= read -r path; do
		rmdir "$DESTDIR$path" 2>/dev/null || [ ! -d "$DESTDIR$path" ] || echo "d $path"
	done
}

install_all() {
	plan "$@" >"$tmp/plan"
	while IFS='	' read -r mode from _; do
		[ "$mode" = link ] || [ -f "$from" ] || die "there is no $from"
	done <"$tmp/plan"
	[ -z "$DESTDIR" ] || mkdir -p "$DESTDIR"
	known "$tmp/old"
	cut -f 3 "$tmp/plan" | sed 's,/[^/]*$,,' | sort -u >"$tmp/folders"
	while read -r path; do folder "$path"; done <"$tmp/folders" >"$tmp/made"
	{ cut -f 3 "$tmp/plan"; echo "$installed"; } | sed 's/^/f /' | LC_ALL=C sort >"$tmp/files"
	LC_ALL=C sort -u "$tmp/old" "$tmp/made" "$tmp/files" >"$tmp/all"
	list "$tmp/all"
	# Each folder gets its files of one mode from a folder in it, by rename.
	sed 's,^\([a-z0-9]*\)	.*	\(.*\)/[^/]*$,\1	\2,' "$tmp/plan" | LC_ALL=C sort -u >"$tmp/groups"
	while IFS='	' read -r mode path; do
		rm -rf "$DESTDIR$path/.orch-new"
		mkdir "$DESTDIR$path/.orch-new"
		awk -F '\t' -v mode="$mode" -v path="$path" '$1 == mode {
			n = split($3, part, "/")
			if (path "/" part[n] == $3) print $2 "\t" part[n]
		}' "$tmp/plan" >"$tmp/group"
		if [ "$mode" = link ]; then
			while IFS='	' read -r from name; do ln -s "$from" "$DESTDIR$path/.orch-new/$name"; done <"$tmp/group"
		else
			cut -f 1 "$tmp/group" | tr '\n' '\0' | xargs -0 install -m "$mode" -t "$DESTDIR$path/.orch-new"
		fi
		find "$DESTDIR$path/.orch-new" -mindepth 1 -print0 | xargs -0 mv -f -t "$DESTDIR$path"
		rmdir "$DESTDIR$path/.orch-new"
	done <"$tmp/groups"
	# What is no longer part of it goes, and the folders that were made for that.
	grep '^f ' "$tmp/all" | LC_ALL=C comm -23 - "$tmp/files" >"$tmp/gone"
	files_away "$tmp/gone"
	folders_away "$tmp/all" >"$tmp/kept"
	LC_ALL=C sort -u "$tmp/files" "$tmp/kept" >"$tmp/all"
	list "$tmp/all"
	echo "installed in $DESTDIR$PREFIX: $(wc -l <"$tmp/files") files"
}

uninstall() {
	[ -e "$DESTDIR$installed" ] || die "there is no $DESTDIR$installed: nothing is known to be installed there"
	known "$tmp/old"
	files_away "$tmp/old"
	folders_away "$tmp/old" >"$tmp/kept"
	echo "removed from $DESTDIR$PREFIX: $(grep -c '^f ' "$tmp/old") files"
}

verb=${1:?install.sh: install or uninstall}
shift
case $verb in
install) install_all "$@" ;;
uninstall) uninstall ;;
*) die "'$verb' is neither install nor uninstall" ;;
esac
