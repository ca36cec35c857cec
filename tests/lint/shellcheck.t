#!/bin/sh
# All our shell files: clean for shellcheck as POSIX sh, and read by dash and bash.
# shellcheck disable=SC2034 # for sh.sh
TEST_TIMEOUT=300
. "$(dirname "$0")/lint.sh"
need shellcheck shellcheck
need dash dash

# scripts DIR
scripts() {
	(cd "$1" && texts . | grep -v '^tests/data/' | each awk '
	FNR == 1 && (FILENAME ~ /\.(sh|t)$/ || /^#! *\/bin\/sh/) { print FILENAME }')
}

# check DIR: without the notes that know nothing of sourced files (SC1090 SC1091 SC2317),
# of arguments that may be left out (SC2119 SC2120), of quotes and dollar signs that are
# meant for somebody else (SC1003 SC2016), or that find ls untidy (SC2012).
check() {
	(cd "$1" && scripts . | each shellcheck -s sh -f gcc -e SC1003,SC1090,SC1091,SC2012,SC2016,SC2119,SC2120,SC2317
	scripts . | while read -r file; do
		dash -n "$file" 2>&1
		read -r first <"$file"
		case $first in '#!/bin/sh'* | '# '*' - '*) ;; *) echo "$file: no #!/bin/sh" ;; esac
		[ "${file%.t}" = "$file" ] || [ -x "$file" ] || echo "$file: not executable"
	done)
}

nothing 'our shell files are clean' check "$ROOT"
is "$(scripts "$ROOT" | grep -c 'tests/lint/shellcheck.t')" 1 'this one is among them'
put "$T/bad/a.sh" '#!/bin/sh' 'local x' 'rm -rf $1/*'
put "$T/bad/tool" '#!/bin/sh' 'if [ $x == 1 ]; then :; fi'
put "$T/bad/b.t" '#!/bin/sh' 'if true; then'
finds 'a.sh:3:.*SC2086' 'a word that is not quoted' check "$T/bad"
finds 'tool:2:.*SC' 'a script without a suffix' check "$T/bad"
finds 'b.t:.*[Ss]yntax error|b.t:.*SC1' 'a script that does not parse' check "$T/bad"
finds 'b.t: not executable' 'a test that cannot be run' check "$T/bad"
done_testing
