#!/bin/sh
# install.sh FOLDER AGENT..: the real CLIs, in the versions that the drivers were measured
# with, into FOLDER/AGENT.  What is there already stays.  npm's cache, its settings and its
# home lie in FOLDER too; nothing is installed for anybody else.  Why one could not be
# installed is in FOLDER/AGENT.reason, and the others go on.
set -u
mkdir -p "$1/home" && cd "$1" || exit 71
shift
here=$PWD

package() {
	case $1 in
	claude) echo @anthropic-ai/claude-code@2.1.329 ;;
	codex) echo @openai/codex@0.169.0 ;;
	opencode) echo opencode-ai@1.18.33 ;;
	gemini) echo @google/gemini-cli@0.61.0 ;;
	qwen) echo @qwen-code/qwen-code@0.24.4 ;;
	copilot) echo @github/copilot@1.0.102 ;;
	node) echo node@22 ;;
	esac
}

# An installation is whole once its own file says so.
install() {
	want=$(package "$1")
	[ -n "$want" ] || {
		echo "no agent is called so" >"$1.reason"
		return
	}
	[ "$(cat "$1/installed" 2>/dev/null)" = "$want" ] && return
	command -v npm >/dev/null || {
		echo 'npm is not on PATH' >"$1.reason"
		return
	}
	echo "# npm installs $want"
	rm -rf "$1" "$1.reason"
	mkdir "$1"
	HOME=$here/home npm_config_cache=$here/cache npm install --prefix "$here/$1" \
		--no-audit --no-fund --no-save --loglevel=error "$want" >"$1.log" 2>&1
	if [ -x "$1/node_modules/.bin/$1" ]; then
		rm -f "$1.log"
		echo "$want" >"$1/installed"
	else
		echo "npm cannot install $want: $(grep -v '^$' "$1.log" | tail -n 1)" >"$1.reason"
	fi
}

for agent; do
	# This one needs a newer node than Debian's.
	[ "$agent" = qwen ] && install node
	install "$agent"
done
