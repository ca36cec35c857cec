
# _orch_offer TAG CUR KIND WORD..: what there is of that kind.  It comes to the line quoted.
_orch_offer() {
	local tag=$1 line expl
	local -a values shows open_values open_shows
	shift
	_orch_lines "$@" | while IFS= read -r line; do
		local value=${line%%$'\t'*} what=
		[[ $line != *$'\t'* ]] || what="  -- ${line#*$'\t'}"
		if [[ $value == *= ]]; then
			open_values+=("$value") open_shows+=("$value$what")
		else
			values+=("$value") shows+=("$value$what")
		fi
	done
	# -Q is not given: a value is quoted as the line needs it.
	_wanted $tag expl $tag compadd -l -d shows -a - values
	local r=$?
	(( $#open_values )) || return r
	_wanted $tag expl $tag compadd -S '' -d open_shows -a - open_values || return r
}

# _orch_where: -C and -f as they stand on the line, their quotes taken away and nothing expanded.
_orch_find() {
	local i word
	_orch_where=()
	for (( i = 2; i < CURRENT; i++ )); do
		word=${(Q)words[i]}
		case $word in
		--) break ;;
		-[Cf] | --directory | --file)
			(( i + 1 < CURRENT )) || break
			_orch_where+=("$word" "${${(Q)words[++i]}/#\~\//$HOME/}")
			;;
		-[Cf]?* | --directory=* | --file=*) _orch_where+=("$word") ;;
		esac
	done
}

_orch_ids() { _orch_offer task "${(Q)PREFIX}" id }
_orch_labels() { _orch_offer label "${(Q)PREFIX}" label }
_orch_agents() { _orch_offer agent "${(Q)PREFIX}" agent }

# _orch_operands COMMAND: what comes where the cursor is, by what stands before it.
_orch_operands() {
	local i word n=0 first= kind
	for (( i = 2; i < CURRENT; i++ )); do
		word=${(Q)words[i]}
		case $word in
		--) _normal -p $1; return ;;
		--*=*) ;;
		-?*) [[ -z $(_orch_arg $1 $word) ]] || (( i++ )) ;;
		*) (( ++n > 1 )) || first=$word ;;
		esac
	done
	kind=$(_orch_operand $1 $(( n + 1 )) "$first")
	case $kind in
	'') _message 'nothing to complete' ;;
	file) _files ;;
	*) _orch_offer ${kind%% *} "${(Q)PREFIX}" ${=kind} ;;
	esac
}
