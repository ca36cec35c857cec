# synced.awk - is the order of a commit such that a power cut harms nothing?
#
# Reads what `strace -y` wrote of one command and prints a line for each thing that is
# wrong.  -v dir=FOLDER is the project.  It knows nothing of how the commit is made:
#
#	- what becomes tasks.yml by an exchange or a rename was synced after its last write;
#	  that its way to the disk was begun (sync_file_range) is no sync
#	- so was every other file of the project that was written until then, but for a few
#	  lines of the event log, which the record has too (tests/cli/events.t)
#	- and the folder of each name that was made until then (what an exchange needs no more
#	  than a name of, side files of tasks.yml, may be gone after a power cut)
#	- after that, the folder of tasks.yml was synced, and what was written, before
#	  the acknowledgement on standard output, which there is
#	- nothing is written through a shared mapping, where all this cannot be seen
#
# The lock, the log, the outline and .gitignore are advice, and empty folders for people
# (orch.d) are made again by the next orch-init: nothing is lost with them.

function found(what) { print "line " NR ": " what }
function advice(path) { return path ~ /\/\.orch\/(lock|lock\.gate|log\/.*|state\/outline|\.gitignore)$/ || path ~ /\/\.orch\/files\/[^\/]*\/lock/ }
# The last number of the line is what was written.
function carried(path) { return path ~ /\/\.orch\/events\.jsonl$/ && call == "write" && $NF <= 7168 }
function ours(path) { return path == dir || index(path, dir "/") == 1 }
function folder(path) { sub(/\/[^\/]*$/, "", path); return path }

# Takes the first descriptor and, for calls with names, the name off the arguments.
function take_fd(  path) {
	if (!match(args, /^(AT_FDCWD|[0-9]+)<[^>]*>(, )?/)) return ""
	path = substr(args, RSTART, RLENGTH)
	args = substr(args, RLENGTH + 1)
	sub(/^[^<]*</, "", path)
	sub(/>(, )?$/, "", path)
	sub(/\(deleted\)$/, "", path)
	return path
}
function take_name(  at, name) {
	at = take_fd()
	if (!match(args, /^"[^"]*"(\.\.\.)?(, )?/)) return ""
	name = substr(args, 2, RLENGTH)
	args = substr(args, RLENGTH + 1)
	sub(/".*/, "", name)
	return name ~ /^\// ? name : at "/" name
}

# What must be on the disk by now.
function settled(when,  path) {
	for (path in dirty)
		found(path " is not synced " when)
	for (path in unnamed)
		if (!(path ~ /\/\.[^\/]*\.orch-[a-z]+$/))
			found("the folder of " path " is not synced " when)
}

/<unfinished|resumed>/ { found("two processes at once: cannot tell") }

{
	line = $0
	sub(/^[0-9]+ +/, "", line)
	call = line
	sub(/\(.*/, "", call)
	args = substr(line, length(call) + 2)
	failed = line ~ /\) += -1/
}

call == "openat" || call == "open" {
	path = take_name()
	if (failed && line ~ /ENOENT/)
		absent[path] = 1
	if (failed || !ours(path))
		next
	if (line ~ /O_CREAT/ && (line ~ /O_EXCL/ || (path in absent)) && !advice(path))
		unnamed[path] = 1
	if (line ~ /O_TRUNC/ && !advice(path))
		dirty[path] = 1
	delete absent[path]
}
call ~ /^p?write(v|64)?2?$|^ftruncate$|^fallocate$|^pwritev/ && !failed {
	to = args
	path = take_fd()
	if (to ~ /^1</) {
		if (!exchanged) found("acknowledged before it was done")
		else if (!folder_synced) found("acknowledged before the folder was synced")
		settled("when it is acknowledged")
		acknowledged = 1
	} else if (ours(path) && !advice(path) && !carried(path))
		dirty[path] = 1
}
call ~ /^f(data)?sync$/ && !failed {
	path = take_fd()
	delete dirty[path]
	for (name in unnamed)
		if (folder(name) == path) delete unnamed[name]
	if (exchanged && path == dir) folder_synced = 1
}
call ~ /^mkdir/ && !failed {
	path = take_name()
	if (path ~ /\/\.orch(\/|$)/ && !advice(path)) unnamed[path] = 1
}
call ~ /^rename/ && !failed {
	from = take_name()
	to = take_name()
	if (!ours(to)) next
	if (to == dir "/tasks.yml") {
		settled("before the new file stands there")
		exchanged = 1
		folder_synced = 0
	} else if (from in dirty)
		found(from " is renamed to " to " before it is synced")
	delete unnamed[from]
	# A backup that is lost is none of what was promised, nor is an older log.
	if (!(line ~ /RENAME_EXCHANGE/) && to ~ /\/state\//) unnamed[to] = 1
}
call ~ /^unlink/ && !failed {
	path = take_name()
	delete unnamed[path]
	delete dirty[path]
}
call == "mmap" && /MAP_SHARED/ && /PROT_WRITE/ && index(line, "<" dir "/") { found("a shared mapping is written to") }

END {
	if (!exchanged) found("nothing took the place of tasks.yml")
	if (!acknowledged) found("nothing was acknowledged")
}
