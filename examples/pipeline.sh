#!/bin/sh
# pipeline.sh - each shell script without a licence line gets one, on a branch of its own
#
# In a repository with orch-init done.  Each stage prints the ids that the next one reads; a
# second run finds the tasks of the first (--dedupe).  A name of a file is foreign text: jq
# quotes it for the shell (@sh).
set -eu
git grep -L SPDX-License-Identifier -- '*.sh' |
	jq -cR '{key: "licence \(.)", title: "Add a licence line to \(.)", labels: ["licence"], agent: "sh",
		command: "sed -i \"1a # SPDX-License-Identifier: ISC\" -- \(@sh)",
		verify: ["grep -q SPDX-License-Identifier -- \(@sh)", "sh -n -- \(@sh)"]}' |
	orch-add --dedupe --json - |
	orch-run -j4 - |
	orch-land -
