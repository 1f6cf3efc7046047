# bash completion of mayfly(1) and of a link named isolate; made from the options that mayfly has.

# @table@

# Sets words to those in front of the cursor as the command gets them, and starts to the place where each begins in
# COMP_WORDS, which is cut at = and : too.
_mayfly_words() {
    local line=${COMP_LINE:0:COMP_POINT} rest word i
    words=() starts=()
    for ((i = 0; i <= COMP_CWORD; i++)); do
        rest=${line#"${line%%[![:blank:]]*}"}
        word=${COMP_WORDS[i]}
        ((i < COMP_CWORD)) || word=$rest
        if ((i > 0)) && [[ -n $line && $rest == "$line" ]]; then
            words[${#words[@]} - 1]+=$word
        else
            words+=("$word")
            starts+=("$i")
        fi
        line=${rest#"$word"}
    done
}

# Offers lines of standard input that begin with $1.
_mayfly_offer() {
    local line
    while IFS= read -r line; do
        [[ $line != "$1"* ]] || COMPREPLY+=("$line")
    done
}

# Offers the files, directories or commands (compgen's $1) that begin with $2, which may begin with a quotation mark.
_mayfly_files() {
    compopt -o filenames
    _mayfly_offer '' < <(compgen "$1" -- "${2#[\'\"]}")
}

# Offers values of the kind $1 that begin with $2.
_mayfly_values() {
    case $1 in
        template) _mayfly_offer "$2" < <(mayfly template list 2>/dev/null </dev/null | sed -e 1d -e 's/ .*//') ;;
        snapshot) _mayfly_offer "$2" < <(mayfly template snapshots "$3" 2>/dev/null </dev/null) ;;
        backend) _mayfly_offer "$2" < <(compgen -W "$_mayfly_backends" -- "$2") ;;
        directory) _mayfly_files -d "$2" ;;
        file) _mayfly_files -f "$2" ;;
        variable) _mayfly_offer "$2" < <(compgen -e -- "$2") ;;
        bind)
            if [[ $2 == *:* ]]; then
                _mayfly_files -d "${2#*:}"
            else
                _mayfly_files -f "$2"
            fi
            ;;
    esac
}

# Offers what may follow in front of a value: readline replaces only what is behind the last cut.
_mayfly_attached() {
    local i own=${COMP_WORDS[COMP_CWORD]}
    _mayfly_values "$1" "$3"
    if [[ $own == "$2"* ]]; then
        for i in "${!COMPREPLY[@]}"; do
            COMPREPLY[i]=$2${COMPREPLY[i]}
        done
    fi
}

# Completes the command that begins at word $1 as if nothing stood in front of it.
_mayfly_command() {
    if declare -F _comp_command_offset >/dev/null; then
        _comp_command_offset "${starts[$1]}"
    elif declare -F _command_offset >/dev/null; then
        _command_offset "${starts[$1]}"
    elif (($1 == ${#words[@]} - 1)); then
        _mayfly_files -c "${words[$1]}"
    else
        _mayfly_files -f "${words[${#words[@]} - 1]}"
    fi
}

# Sets kind to that of the value which the option word $1 wants from the next word; empty: none.
_mayfly_wanted() {
    local i
    kind=
    case $1 in
        --*=*) ;;
        --*) _mayfly_kind "$1" ;;
        *)
            for ((i = 1; i < ${#1}; i++)); do
                _mayfly_kind "-${1:i:1}"
                [[ -z $kind ]] || break
            done
            # Anything behind that letter is the value.
            ((i >= ${#1} - 1)) || kind=
            ;;
    esac
}

# Completes words from word $2 on, which are those of the command $1.
_mayfly_rest() {
    local command=$1 at=$2 last=$((${#words[@]} - 1)) current=${words[${#words[@]} - 1]}
    local options operands kind wanted='' behind=no first='' operand=0
    for (( ; at < last; at++)); do
        if [[ -n $wanted ]]; then
            wanted=
        elif [[ $behind == no && ${words[at]} == -- ]]; then
            behind=yes
            [[ $command != 'template shell' ]] || break
        elif [[ $behind == no && ${words[at]} == -?* ]]; then
            _mayfly_wanted "${words[at]}"
            wanted=$kind
        elif [[ $command == run ]]; then
            _mayfly_command "$at"
            return
        else
            [[ -n $first ]] || first=${words[at]}
            ((operand++))
        fi
    done
    if [[ $command == 'template shell' && $behind == yes ]]; then
        _mayfly_command $((at + 1))
    elif [[ -n $wanted ]]; then
        _mayfly_values "$wanted" "$current"
    elif [[ $behind == no && $current == --*=* ]]; then
        _mayfly_kind "${current%%=*}"
        [[ -z $kind ]] || _mayfly_attached "$kind" "${current%%=*}=" "${current#*=}"
    elif [[ $behind == no && $current == -* ]]; then
        _mayfly_options "$command"
        _mayfly_offer "$current" < <(compgen -W "$options" -- "$current")
    elif [[ $command == run ]]; then
        _mayfly_command "$last"
    else
        _mayfly_operands "$command"
        ((operand >= ${#operands[@]})) || _mayfly_values "${operands[operand]}" "$current" "$first"
    fi
}

_isolate() {
    local words starts
    COMPREPLY=()
    _mayfly_words
    _mayfly_rest run 1
}

_mayfly() {
    local words starts seconds
    COMPREPLY=()
    _mayfly_words
    local first=${words[1]} count=${#words[@]}
    if [[ $count -eq 2 && $first != -* ]]; then
        # On nothing at all, not every command that there is.
        [[ -z $first ]] || _mayfly_command 1
        _mayfly_offer "$first" < <(compgen -W "$_mayfly_single $_mayfly_groups" -- "$first")
    elif [[ $count -gt 2 && " $_mayfly_groups " == *" $first "* ]]; then
        if ((count == 3)); then
            _mayfly_seconds "$first"
            _mayfly_offer "${words[2]}" < <(compgen -W "$seconds" -- "${words[2]}")
        else
            _mayfly_rest "$first ${words[2]}" 3
        fi
    elif [[ $count -gt 2 && $first == help ]]; then
        if ((count == 3)); then
            _mayfly_offer "${words[2]}" < <(compgen -W "$_mayfly_single $_mayfly_groups" -- "${words[2]}")
        elif ((count == 4)); then
            seconds=
            _mayfly_seconds "${words[2]}"
            _mayfly_offer "${words[3]}" < <(compgen -W "$seconds" -- "${words[3]}")
        fi
    elif [[ $count -gt 2 && $first != version && " $_mayfly_single " == *" $first "* ]]; then
        _mayfly_rest "$first" 2
    else
        _mayfly_rest run 1
    fi
}

complete -F _mayfly mayfly
complete -F _isolate isolate
