# durable.awk - is the order of an attempt such that a power cut or a kill harms nothing?
#
# Reads what `strace -f -y` wrote of an orch-run of one attempt and prints a line for each
# thing that is wrong, and "figures SYNCS FORKS EXECS CHANGES" as the last one.
# -v run=FOLDER is the run folder, -v tasks=FILE the task file, -v program=FILE what the agent is.
#
#	- a file of the run folder is synced before it gets its name
#	- when the agent starts, the names of prompt.md, argv, env and attempt.json, which are
#	  all there, are synced, and so is container.json
#	- what stdout and stderr got is synced before result.json has its name, and that name
#	  before the process that gave it ends, and with it the lock
#	- outcome.json is there and synced before the task file says what came of it

function found(what) { print "line " NR ": " what }
function inside(path) { return index(path, run "/") == 1 }
function base(path) { sub(/.*\//, "", path); return path }
function take_fd(  path) {
	if (!match(args, /^(AT_FDCWD|[0-9]+)<[^>]*>(, )?/)) return ""
	path = substr(args, RSTART, RLENGTH)
	args = substr(args, RLENGTH + 1)
	sub(/^[^<]*</, "", path)
	sub(/>(, )?$/, "", path)
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
function settled(name, when) {
	if (!(name in named)) found(name " is not there " when)
	else if (name in unsynced) found("the name of " name " is not synced " when)
}

{
	pid = $1
	line = $0
	sub(/^[0-9]+ +/, "", line)
}
# A call that another process came between is taken when it has ended.
/<unfinished \.\.\.>$/ {
	sub(/ *<unfinished \.\.\.>$/, "", line)
	begun[pid] = line
	next
}
/<\.\.\. .* resumed>/ {
	sub(/^<\.\.\. [a-z0-9_]+ resumed>/, "", line)
	line = begun[pid] line
	delete begun[pid]
}
{
	call = line
	sub(/\(.*/, "", call)
	args = substr(line, length(call) + 2)
	failed = line ~ /\) += -1/
}

call ~ /^(clone3?|v?fork)$/ && !failed { forks++ }
call ~ /^f(data)?sync$/ && !failed {
	syncs++
	path = take_fd()
	delete dirty[path]
	if (path == run)
		for (name in unsynced) delete unsynced[name]
}
call ~ /^p?write(v|64)?$/ && !failed {
	path = take_fd()
	if (inside(path)) dirty[path] = 1
}
call ~ /^rename/ && !failed {
	from = take_name()
	to = take_name()
	if (to == tasks && ++changes == 2)
		settled("outcome.json", "when the task file says what came of it")
	if (!inside(to)) next
	if (from in dirty) found(from " is not synced before it is called " base(to))
	named[base(to)] = unsynced[base(to)] = 1
	if (base(to) != "result.json") next
	for (path in dirty)
		if (path ~ /\/std(out|err)$/) found(path " is not synced before result.json")
	teller = pid
}
call == "execve" && !failed {
	execs++
	if (index(line, "execve(\"" program "\"") != 1) next
	started = 1
	settled("prompt.md", "when the agent starts")
	settled("argv", "when the agent starts")
	settled("env", "when the agent starts")
	settled("attempt.json", "when the agent starts")
	settled("container.json", "when the agent starts")
}
/\+\+\+ (exited|killed)/ && teller != "" && pid == teller { settled("result.json", "when its writer ends") }

END {
	if (!started) found("no agent was started")
	settled("result.json", "when all has ended")
	if (changes != 2) found("the task file was changed " changes " times")
	print "figures", syncs + 0, forks + 0, execs + 0, changes + 0
}
