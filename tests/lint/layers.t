#!/bin/sh
# Includes go down only, and each library and each dangerous call has one door.
. "$(dirname "$0")/lint.sh"

# includes DIR
includes() {
	cd "$1" && grep -rn --include='*.[ch]' '^[[:blank:]]*#[[:blank:]]*include' lib cmd |
		sort | awk '
	BEGIN {
		may["base"] = " base "
		may["sys"] = " sys base "
		may["doc"] = " doc base "
		may["task"] = " task sys doc base "
		may["net"] = " net sys doc base "
		may["work"] = " work task net sys doc base "
		may["cmd"] = " work task net sys doc base "
		door["yaml.h"] = "^lib/doc/yaml\\.c$"
		door["jansson.h"] = "^lib/doc/json\\.[ch]$"
		door["git2.h"] = "^lib/net/git[a-z_]*\\.[ch]$"
		door["curl/curl.h"] = "^lib/net/http\\.c$"
	}
	{
		split($0, at, ":")
		file = at[1]
		split(file, part, "/")
		layer = part[1] == "cmd" ? "cmd" : part[2]
		match($0, /[<"][^>"]*[>"]/)
		kind = substr($0, RSTART, 1)
		name = substr($0, RSTART + 1, RLENGTH - 2)
		place = file ":" at[2] ": "
		if (!(layer in may))
			print place "no layer is called " layer
		else if (kind == "<") {
			for (d in door)
				if ((name == d || index(name, d "/") == 1 ||
				    (d == "git2.h" && name ~ /^git2\//)) && file !~ door[d])
					print place "<" name "> has another door"
		} else if (name ~ /(^|\/)\.\.?\//)
			print place name " is not a path from lib/"
		else if (index(name, "/") == 0) {
			mate = file
			sub(/[^\/]*$/, name, mate)
			if ((getline ignored < mate) < 0)
				print place name " is neither in this folder nor a path from lib/"
			close(mate)
		} else {
			split(name, to, "/")
			if (index(may[layer], " " to[1] " ") == 0)
				print place layer " must not include " name
		}
	}'
	cd "$ROOT" || exit 1
}

# Calls that only some files make: "function (or several) | files | why".
cat >"$T/doors" <<'END'
flock|lib/sys/lock.c|the only place that locks
rename renameat renameat2|lib/sys/fs*.c lib/net/git_remove.c|durable replace; a work tree moved aside
fsync fdatasync|lib/sys/fs*.c lib/net/git_place.c lib/work/keeper_output.c|durable replace; a folder, a stream
write pwrite writev|lib/sys/fs*.c lib/sys/lock_holder.c lib/sys/fault.c lib/sys/proc.c lib/sys/contain*.c lib/sys/log_file.c lib/base/log.c lib/base/alloc.c|files; messages of one write
clock_gettime gettimeofday timespec_get time|lib/base/clock.c lib/sys/lock.c lib/sys/alarm.c lib/sys/notify.c lib/work/fsck_clock.c|one clock, which tests set; how long to wait; when the kernel rings; what a service manager compares; what files say
dprintf|lib/work/keeper_output.c|the mark in a stream that was cut
ftruncate|lib/sys/fs*.c lib/sys/lock_holder.c lib/work/keeper_output.c|a line, a holder, a stream cut short
fork vfork clone|lib/sys/proc.c lib/sys/proc_foreground.c lib/sys/proc_helper.c lib/work/run.c|processes
execve execv execvp execl execlp execvpe fexecve|lib/sys/proc.c lib/sys/proc_foreground.c lib/sys/proc_helper.c cmd/orch.c|the agent; the command of orch; an editor
printf puts putchar perror fprintf vfprintf exit|cmd/*.c|the library neither prints nor exits
END

# calls DIR: calls outside their door, and doors that nobody needs.
calls() {
	code "$1" | awk -v doors="$T/doors" -v stale="${2-}" '
	function glob(pattern) {
		gsub(/\./, "\\.", pattern)
		gsub(/\*/, "[a-z_-]*", pattern)
		return "^" pattern "$"
	}
	BEGIN {
		while ((getline line < doors) > 0) {
			split(line, part, "|")
			n = split(part[1], name, " ")
			for (i = 1; i <= n; i++) files[name[i]] = part[2]
			names = names "|" part[1]
		}
		gsub(/ /, "|", names)
		call = "(^|[^A-Za-z0-9_>.])(" substr(names, 2) ")[ \t]*\\("
	}
	{
		split($0, at, ":")
		text = substr($0, length(at[1]) + length(at[2]) + 3)
		while (match(text, call)) {
			word = substr(text, RSTART, RLENGTH)
			gsub(/[^A-Za-z0-9_]/, "", word)
			text = substr(text, RSTART + RLENGTH)
			good = 0
			n = split(files[word], list, " ")
			for (i = 1; i <= n; i++)
				if (at[1] ~ glob(list[i])) { good = 1; used[list[i]] = 1 }
			if (!good) print at[1] ":" at[2] ": " word "() is called from " files[word] " only"
		}
	}
	END {
		if (stale == "") exit
		for (word in files) {
			n = split(files[word], list, " ")
			for (i = 1; i <= n; i++)
				if (!(list[i] in used) && !(list[i] in told)) {
					told[list[i]] = 1
					print "layers.t: " list[i] " needs no door any more"
				}
		}
	}'
}

nothing 'includes go down only, libraries have one door' includes "$ROOT"
nothing 'dangerous calls are made where they belong, and all doors are needed' calls "$ROOT" stale

bad=$T/bad
put "$bad/lib/base/a.c" '#include "sys/fs.h"'
put "$bad/lib/doc/b.c" '#include "base/buf.h"' '# include  "sys/fs.h"'
put "$bad/lib/task/c.c" '#include "net/git.h"' '#include <yaml.h>'
put "$bad/lib/net/d.c" '#include "task/task.h"' '#include "../base/buf.h"' '#include <git2/diff.h>'
put "$bad/lib/base/fs.h"
put "$bad/lib/work/e.c" '#include "cmd.h"' '#include <curl/curl.h>' '#include <jansson.h>'
put "$bad/lib/sys/f.c" '/* flock(fd) in a comment */' 'x = "rename(a)";' 'int r = flock(fd, 1);'
put "$bad/lib/work/g.c" 'if (a && rename(a, b))' '	fsync (fd);' '	n = write(fd, p, 1);' 'exit(1);'
put "$bad/lib/util/h.c" '#include "base/buf.h"'
put "$bad/cmd/orch-x.c" '#include "cmd.h"' '#include <git2.h>' '	my_write(fd); s->write(fd);'
finds 'base/a.c:1: base must not include sys/fs.h' 'an include from base up' includes "$bad"
finds 'doc/b.c:2: doc must not' 'an include from doc into sys' includes "$bad"
finds 'task/c.c:1: task must not' 'task seeing net' includes "$bad"
finds 'net/d.c:1: net must not' 'net seeing task' includes "$bad"
finds 'net/d.c:2: \.\./' 'a path with dots' includes "$bad"
finds 'task/c.c:2: <yaml.h>' 'libyaml outside its door' includes "$bad"
finds 'work/e.c:1: cmd.h' 'the library seeing a command' includes "$bad"
finds 'work/e.c:2: <curl/curl.h>' 'libcurl outside its door' includes "$bad"
finds 'work/e.c:3: <jansson.h>' 'jansson outside its door' includes "$bad"
finds 'orch-x.c:2: <git2.h>' 'libgit2 outside its door' includes "$bad"
finds 'util/h.c:1: no layer' 'a layer that nobody knows' includes "$bad"
finds 'sys/f.c:3: flock' 'a lock outside its door' calls "$bad"
finds 'work/g.c:1: rename' 'a rename outside its door' calls "$bad"
finds 'work/g.c:2: fsync' 'an fsync outside its door' calls "$bad"
finds 'work/g.c:3: write' 'a write outside its door' calls "$bad"
finds 'work/g.c:4: exit' 'a library that exits' calls "$bad"
finds 'keeper_output.c needs no door' 'a door that nobody needs' calls "$bad" stale
calls "$bad" >"$T/found"
is "$(grep -cE 'f.c:[12]:|orch-x' "$T/found")" 0 'comments, strings and other names are not found'
done_testing
