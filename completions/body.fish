
# Where candidates come from.  Titles, labels and names of agents are foreign text: they are
# data in pipes and lists, and fish quotes what it inserts.
function __orch_clean
    LC_ALL=C awk -F '\t' '
    BEGIN { OFS = FS; bad = "[\001-\010\012-\037\177]|\302[\200-\237]|\342\200[\216\217\252-\256]|\342\201[\246-\251]" }
    $1 == "" || $1 ~ bad || $1 ~ /\\\\/ || seen[$1]++ { next }
    { if (NF > 1) gsub(bad, "", $2); print }'
end

# __orch_words: the words before the cursor, of the command orch-NAME also where it is orch NAME.
function __orch_words
    set -l words (commandline -opc)
    set -l name (string replace -r '.*/' '' -- $words[1])
    set -e words[1]
    if test "$name" = orch
        set -l before
        while set -q words[1]
            switch $words[1]
                case -C -f --directory --file
                    set -a before $words[1..2]
                    set -e words[1..2]
                case '-*'
                    set -a before $words[1]
                    set -e words[1]
                case '*'
                    set name orch-$words[1]
                    set -e words[1]
                    break
            end
        end
        set -p words $before
    end
    printf '%s\n' $name $words
end

# __orch_is NAME: the command on the line is that.
function __orch_is
    set -l words (__orch_words)
    test "$words[1]" = $argv[1]
end

# __orch_where: -C and -f of the line.
function __orch_where
    set -l words (__orch_words)
    for i in (seq 2 (count $words))
        switch $words[$i]
            case --
                return
            case -C -f --directory --file
                set -q words[(math $i + 1)]
                and printf '%s\n' $words[$i] (string replace -r '^~/' "$HOME/" -- $words[(math $i + 1)])
            case '-C?*' '-f?*' '--directory=*' '--file=*'
                printf '%s\n' $words[$i]
        end
    end
end

# __orch_from KIND WORD..: candidates of that kind, and the words.
function __orch_from
    set -l where (__orch_where)
    set -q argv[2]
    and printf '%s\n' $argv[2..]
    begin
        switch $argv[1]
            case id
                command orch-list -q $where -o id,title
            case waiting
                command orch-inbox -q $where -o id,title
            case label
                command orch-list -q $where -o labels | string split ,
            case plan
                command orch-list -q $where -o plan
            case job
                # One whose name is not valid stands there as a ?.
                command orch-cron list -q $where | string match -v '\? *' | string replace -r '^(\S*)\s*' '$1\t'
            case agent
                command orch-agent list -q $where | cut -f 1,2
                printf '%s\n' $__orch_shipped
            case schedule
                printf '%s\n' @hourly @daily @weekly @monthly @yearly
        end
    end 2>/dev/null </dev/null | __orch_clean
end

# __orch_before TEXT KIND WORD..: the same, each behind that text.
function __orch_before
    for line in (__orch_from $argv[2..])
        printf '%s\n' "$argv[1]$line"
    end
end

# __orch_lines CUR KIND WORD..: candidates for a word that begins with CUR.
function __orch_lines
    set -l cur $argv[1]
    set -l before (string replace -r '[^,@+=]*$' '' -- $cur)
    set -l field ''
    switch "$argv[2]:$cur"
        case 'selector:@*' 'setting:@*'
            set field @
        case 'selector:+*' 'setting:+*'
            set field labels
        case 'selector:*=*' 'setting:*=*'
            set field (string replace -r '[-+!]?=.*' '' -- $cur)
    end
    switch "$argv[2]:$field"
        case '*:@' selector:status
            __orch_before "$before" word new routed in_progress blocked in_review needs_review done failed skipped cancelled
        case '*:labels' selector:label
            __orch_before "$before" label
        case '*:agent'
            __orch_before "$before" agent
        case selector:job
            __orch_before "$before" job
        case selector:plan
            __orch_before "$before" plan
        case '*:priority'
            __orch_before "$before" word urgent high normal low
        case '*:complexity'
            __orch_before "$before" word simple medium complex
        case '*:produces'
            __orch_before "$before" word any commits text
        case '*:isolation'
            __orch_before "$before" word worktree none
        case '*:sandbox'
            __orch_before "$before" word none landlock bwrap
        case selector:tree '*:depends_on' '*:parent_id'
            __orch_before "$before" id
        case selector:
            __orch_from id next all - $argv[3..]
            test -z "$cur"
            or printf '%s\n' $__orch_filters
        case setting:
            __orch_from id $argv[3..]
            test -z "$cur"
            or printf '%s\n' $__orch_fields
        case '*'
            switch "$argv[2]:$cur"
                case 'agent:*,*'
                    __orch_before (string replace -r '[^,]*$' '' -- $cur) agent
                case '*'
                    __orch_from $argv[2..]
            end
    end
end

# __orch_kind KIND: for the argument of an option.
function __orch_kind
    __orch_lines (string replace -r '^--[a-z-]*=' '' -- (commandline -ct)) $argv
end

# __orch_operands: what comes where the cursor is, by what stands before it.
function __orch_operands
    set -l words (__orch_words)
    set -l command $words[1]
    set -l n 0
    set -l first ''
    set -l skip 0
    for word in $words[2..]
        if test $skip = 1
            set skip 0
            continue
        end
        switch $word
            case --
                __fish_complete_path (commandline -ct)
                return
            case '--*=*'
            case '-?*'
                test -n "$(__orch_arg $command $word)"
                and set skip 1
            case '*'
                set n (math $n + 1)
                test $n = 1
                and set first $word
        end
    end
    set -l kind (string split ' ' -- (__orch_operand $command (math $n + 1) "$first"))
    switch "$kind[1]"
        case ''
        case file
            __fish_complete_path (commandline -ct)
        case '*'
            __orch_lines (commandline -ct) $kind
    end
end
