#!/bin/sh
# A command loads what it calls: start-up costs 5 ms with all libraries, 0.5 with three.
. "$(dirname "$0")/lint.sh"
need readelf binutils
need ldd libc-bin
built
# The small commands are linked statically: what they would load is seen in these.
LOADED=${ORCH_BIN%/*}/loaded

# needed FILE: what the file itself asks for.
needed() { readelf -d "$1" | sed -n 's/.*(NEEDED).*\[\(.*\)\]$/\1/p' | sort; }

# strange FILE: libraries that nobody has agreed to.
strange() {
	needed "$1" | grep -vE '^(libc|libm|libyaml-0|libjansson|libgit2|libcurl|libpthread|librt|libasan|libubsan|libgcc_s|ld-linux[a-z0-9-]*)\.so\.' |
		sed "s|^|${1##*/}: |"
}

# curls FILE: only what talks to GitHub is linked with libcurl.
curls() { needed "$1" | grep '^libcurl' | sed "s|^|${1##*/} asks for |"; }

# heavy FILE: what it loads in the end of what only some may load.
heavy() {
	ldd "$1" | grep -oE 'lib(git2|curl|ssl|crypto|ssh2)[^ ]*\.so\.[^ ]*' | sort -u |
		sed "s|^|${1##*/} loads |"
}

for name in orch orch-add orch-answer orch-inbox orch-list orch-set orch-show orch-status; do
	nothing "$name loads neither libgit2 nor libcurl" heavy "$LOADED/$name"
done
for file in "$LOADED"/orch*; do
	case ${file##*/} in
	orch-sync-gh) ;;
	*) nothing "${file##*/} does not ask for libcurl" curls "$file" ;;
	esac
	nothing "${file##*/} asks for no other library" strange "$file"
done
finds 'orch-run loads libgit2' 'that orch-run loads libgit2' heavy "$ORCH_BIN/orch-run"
printf 'int curl_global_init(long);\nint main(void) { return curl_global_init(0); }\n' >"$T/curl.c"
cc "$T/curl.c" -lcurl -o "$T/curl"
finds 'curl asks for libcurl' 'a command that asks for libcurl' curls "$T/curl"
sh=$(command -v git)
finds 'git: lib(z|pcre)' 'a library that is strange' strange "$sh"
done_testing
