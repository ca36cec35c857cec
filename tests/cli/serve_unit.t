#!/bin/sh
# systemd/orch-serve@.service is one that systemd understands, and does what its page says.
# shellcheck source=tests/lib/sh.sh
. "$(dirname "$0")/../lib/sh.sh"
unit=$ROOT/systemd/orch-serve@.service
mkdir -m 700 "$T/run" "$T/units"
export XDG_RUNTIME_DIR="$T/run"
verify() { systemd-analyze --user --man=no verify "$@"; }
value() { sed -n "s/^$1=//p" "$unit"; }

like "$(value ExecStart)" ':orch-serve -C %f' 'the program is found where systemd looks'
# Here it is where it was built.
sed "s|^ExecStart=:orch-serve|ExecStart=:$ORCH_BIN/orch-serve|" "$unit" >"$T/units/orch-serve@.service"
cp "$T/units/orch-serve@.service" "$T/units/orch-serve@$(systemd-escape -p "/srv/a b/c-d").service"
for file in "$T/units"/*; do
	ok "systemd takes ${file##*/}" verify "$file"
	is "$(cat "$T/out" "$T/err")" '' 'without a word'
done
sed 's/^KillMode=.*/KillMode=some/; s/^RestartSec=/RestartSecs=/' "$T/units/orch-serve@.service" >"$T/units/bad@.service"
verify "$T/units/bad@.service" >"$T/out" 2>&1
like "$(cat "$T/out")" '*RestartSecs*kill mode*some*' 'which tells of what it does not understand'

# What the server promises to whoever runs it.
is "$(value Type)/$(value KillMode)/$(value Restart)" notify/process/on-failure 'it tells that it is ready, drains, and comes back'
for status in $(value RestartPreventExitStatus); do
	grep -q "^\.It .*\<$status\>" "$ROOT/man/orch-serve.1"
	result $? "exit status $status, after which it does not, stands in the page"
done
mkdir p && cd p && : >tasks.yml && echo 'nonsense: 1' >orch.yml
exits 78 'such as that of a configuration that is not valid' orch-serve -C "$PWD"
done_testing
