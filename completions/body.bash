
# _orch_split: words[], those of the line up to the cursor as the shell would read them, but
# that nothing in them is expanded; of the last one `head` is what readline takes for a word
# of its own, and `quote` the quote it stands in.
_orch_split() {
	local line=${COMP_LINE:0:COMP_POINT} c i n=0 begun=''
	words=('')
	for ((i = 0; i < ${#line}; i++)); do
		c=${line:i:1}
		if [[ $quote && $c == "$quote" ]]; then
			quote=
		elif [[ $quote == "'" ]]; then
			words[n]+=$c
		elif [[ $c == '\' ]]; then
			((++i))
			words[n]+=${line:i:1} begun=1
		elif [[ $quote ]]; then
			words[n]+=$c
		elif [[ $c == [\'\"] ]]; then
			quote=$c head=${words[n]} begun=1
		elif [[ $c == [[:blank:]] ]]; then
			[[ -z $begun ]] || words[++n]=
			begun='' head=''
		else
			# A word breaks behind these, but in front of an @.
			[[ $COMP_WORDBREAKS != *@* || $c != @ ]] || head=${words[n]}
			words[n]+=$c begun=1
			[[ $COMP_WORDBREAKS != *"$c"* || $c == @ ]] || head=${words[n]}
		fi
	done
}

# _orch_offer: lines on standard input become replies.  What a shell would not read as it
# stands is quoted, or left out where a quote is open.  Where readline only lists, what a
# value is stands behind it.
_orch_offer() {
	local value what
	while IFS=$'\t' read -r value what; do
		[[ $before$value == "$cur"* ]] || continue
		value=$before$value
		[[ $value != *= ]] || compopt -o nospace 2>/dev/null
		value=${value#"$head"}
		if [[ $value != *([A-Za-z0-9._/:@%+=,~-]) ]]; then
			[[ -z $quote ]] || continue
			printf -v value %q "$value"
		elif [[ -z $quote && $value == *~* ]]; then
			printf -v value %q "$value"	# no home of anybody
		fi
		[[ -z $what || $COMP_TYPE != 63 ]] || value+="  ${what:0:60}"
		COMPREPLY+=("$value")
	done
}

_orch() {
	local words=() head='' quote='' before='' command cur n=0 first='' kind='' kinds rest='' value i last
	local _orch_where=()
	COMPREPLY=()
	_orch_split
	((last = ${#words[@]} - 1))
	command=${words[0]##*/} cur=${words[last]}
	for ((i = 1; i < last; i++)); do
		[[ -z $rest ]] || break
		case ${words[i]} in
		--) rest=-- ;;
		--*=* | -[Cf]?*)
			case ${words[i]} in -[Cf]?* | --directory=* | --file=*) _orch_where+=("${words[i]}") ;; esac
			;;
		-*)
			value=$(_orch_arg "$command" "${words[i]}")
			[[ $value ]] || continue
			((++i < last)) || kind=$value
			[[ ${words[i]} != '~/'* ]] || words[i]=$HOME${words[i]:1}
			case ${words[i - 1]} in -[Cf] | --directory | --file) ((i == last)) || _orch_where+=("${words[i - 1]}" "${words[i]}") ;; esac
			;;
		*)
			if [[ $command == orch ]]; then
				command=orch-${words[i]}
			else
				((++n > 1)) || first=${words[i]}
			fi
			;;
		esac
	done
	if [[ -z $kind && -z $rest && $cur == --*=* ]]; then
		kind=$(_orch_arg "$command" "${cur%%=*}")
		before=${cur%%=*}=
	fi
	if [[ -n $kind ]]; then
		:
	elif [[ -n $rest ]]; then
		kind='file'
	elif [[ $cur == -* ]]; then
		kind="word $(_orch_options "$command")"
	else
		kind=$(_orch_operand "$command" $((n + 1)) "$first")
	fi
	case $kind in
	file) compopt -o filenames 2>/dev/null; mapfile -t COMPREPLY < <(compgen -f -- "${cur#"$before"}") ;;
	dir) compopt -o filenames 2>/dev/null; mapfile -t COMPREPLY < <(compgen -d -- "${cur#"$before"}") ;;
	'' | text) ;;
	*)
		read -ra kinds <<<"$kind"
		_orch_offer < <(_orch_lines "${cur#"$before"}" "${kinds[@]}")
		;;
	esac
}
# shellcheck disable=SC2086 # a list of names
complete -F _orch $_orch_names
