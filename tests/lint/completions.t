#!/bin/sh
# The completions are made from the tables and parse in their shells.  What they answer is
# tested in tests/pack/completions.t.
. "$(dirname "$0")/lint.sh"
need bash bash
built

ok 'they are made' completions/generate.sh "$ORCH_BIN" "$T/c"
while read -r shell file; do
	if command -v "$shell" >/dev/null; then
		ok "$file is $shell" "$shell" -n "$T/c/$file"
	else
		result 0 "$file is $shell # SKIP $shell (Debian package $shell) is not installed"
	fi
done <<'END'
bash orch.bash
zsh _orch
fish orch.fish
END

# Without the notes on a quoted tilde and backslash, which are compared with, and on sourced files.
if command -v shellcheck >/dev/null; then
	ok 'shellcheck is content with orch.bash' shellcheck -s bash -e SC1003,SC1090,SC2088 "$T/c/orch.bash" || note "$(cat "$T/out")"
else
	result 1 'there is shellcheck (Debian package shellcheck)'
fi

# missing FILE FORM: options of the tables that the file does not know.
missing() {
	for path in "$ORCH_BIN"/orch-*; do
		"$path" --help-table
	done | awk -F '\t' 'NF == 5 { print $1 }' | sort -u | while read -r name; do
		grep -qE -e "$2$name([^a-z-]|\$)" "$1" || echo "${1##*/} has no --$name"
	done
}
nothing 'bash knows each option' missing "$T/c/orch.bash" --
nothing 'zsh knows each option' missing "$T/c/_orch" --
nothing 'fish knows each option' missing "$T/c/orch.fish" '-l '
sed 's/--dedupe//' "$T/c/orch.bash" >"$T/orch.bash"
finds 'has no --dedupe' 'an option that is missing' missing "$T/orch.bash" --

# An argument that may be left out belongs to the word of its option.
put "$T/made/orch-x" '#!/bin/sh' "printf 'command\torch-x\tgo\nback\tb\ttext\t[=GEN]\tgo back\n'"
chmod +x "$T/made/orch-x"
ok 'a command whose option may have an argument' completions/generate.sh "$T/made" "$T/m"
nothing 'bash does not wait for it' grep 'orch-x:--back' "$T/m/orch.bash"
ok 'zsh takes it from the same word' grep -qF -e '--back=-[go back]::GEN: ' "$T/m/_orch"
ok 'by letter too' grep -qF -e '-b-[go back]::GEN: ' "$T/m/_orch"
is "$(grep -c -e "-l back -s b -d 'go back'\$" "$T/m/orch.fish")" 2 'fish does not wait for it'

done_testing
