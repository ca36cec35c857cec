#!/bin/sh
# hooks.sh - a commit that says what is left to do makes a task of it
#
# In a repository with orch-init done.  --hooks without a list puts all of them there, also
# the one that holds back pushes of branches that are not verified; --no-hooks takes them out.
set -eu
orch-init -q --hooks=post-commit,pre-push >/dev/null

git commit -q --allow-empty -m 'Parse the options' -m 'Orch-Add: Document the options'

orch-list
