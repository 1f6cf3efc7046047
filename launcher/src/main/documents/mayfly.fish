# fish completion of mayfly(1) and of a link named isolate; made from the options that mayfly has.

# Where the cursor is, by the words in front of it:
#   first           at the first word, or an option of a run
#   run             at an option of a run or at its command
#   command N       in a command that begins at word N
#   group NAME      at the second word of a subcommand
#   help ...        at a word of help
#   SUBCOMMAND N    in a subcommand, at its operand N (counted from 0) or an option
function __mayfly_place
    set -l words (commandline -opc)
    set -l place run
    set -l at 2
    if not string match -qr '(^|/)isolate$' -- $words[1]
        if not set -q words[2]
            echo first
            return
        else if contains -- $words[2] $__mayfly_groups
            if not set -q words[3]
                echo group $words[2]
                return
            end
            set place "$words[2] $words[3]"
            set at 4
        else if test $words[2] = help
            echo $words[2..]
            return
        else if contains -- $words[2] $__mayfly_single
            set place $words[2]
            set at 3
        end
    end
    set -l operands 0
    while set -q words[$at]
        set -l word $words[$at]
        if test "$word" = --
            if contains -- $place run 'template shell'
                echo command (math $at + 1)
                return
            end
        else if string match -q -- '-?*' $word
            # Its value is the next word.
            if __mayfly_wants_value $word
                set at (math $at + 1)
            end
        else if test "$place" = run
            echo command $at
            return
        else
            set operands (math $operands + 1)
        end
        set at (math $at + 1)
    end
    test "$place" = run; and echo run; or echo $place $operands
end

function __mayfly_wants_value
    if string match -q -- '--*' $argv[1]
        contains -- $argv[1] $__mayfly_with_value
        return
    end
    set -l letters (string split '' -- (string sub -s 2 -- $argv[1]))
    for i in (seq (count $letters))
        if contains -- -$letters[$i] $__mayfly_with_value
            test $i -eq (count $letters)
            return
        end
    end
    return 1
end

# Whether the cursor is there; "run" is at the first word too, and a subcommand at any of its operands.
function __mayfly_at
    set -l place (__mayfly_place)
    test "$place" = first; and set place run
    test "$place" = "$argv"; or string match -qr -- '^'(string escape --style=regex -- "$argv")' [0-9]+$' $place
end

function __mayfly_template
    mayfly template list 2>/dev/null </dev/null | string replace -r ' .*' '' | tail -n +2
end

function __mayfly_snapshot
    set -l words (commandline -opc)
    mayfly template snapshots $words[4] 2>/dev/null </dev/null
end

function __mayfly_backend
    string join \n -- $__mayfly_backends
end

function __mayfly_directory
    __fish_complete_directories (commandline -ct | string replace -r '^--?[^=]*=' '')
end

function __mayfly_file
    __fish_complete_path (commandline -ct | string replace -r '^--?[^=]*=' '')
end

function __mayfly_bind
    set -l word (commandline -ct | string replace -r '^--?[^=]*=' '')
    set -l source (string match -r '^.*:' -- $word)
    if set -q source[1]
        __fish_complete_directories (string replace -r '^.*:' '' -- $word) | string replace -r '^' $source
    else
        __fish_complete_path $word
    end
end

function __mayfly_variable
    set -xn
end

function __mayfly_other
end

# The second words of subcommands, as if help were not there.
function __mayfly_help
    set -l words (commandline -opc)
    test (count $words) -eq 3; and complete -C "mayfly $words[3] "(commandline -ct) | string match -rv '^-'
end

# What the command itself completes, as if nothing stood in front of it.
function __mayfly_command
    set -l words (commandline -opc)
    set -l place (__mayfly_place | string split ' ')
    set -l from $place[2]
    test "$place[1]" = command; or set from (math (count $words) + 1)
    set -l line (string escape -- $words[$from..] | string join ' ')
    # By way of printf: options that complete itself prints in here get lost (fish 3.6).
    printf '%s\n' (complete -C "$line "(commandline -ct))
end

function __mayfly_complete
    complete -c mayfly -f $argv
    complete -c isolate -f $argv
end

complete -c mayfly -f
complete -c isolate -f
# @table@
complete -c mayfly -n '__mayfly_at first' -a "$__mayfly_single $__mayfly_groups" -d subcommand
complete -c mayfly -n 'test "$(__mayfly_place)" = help' -a "$__mayfly_single $__mayfly_groups" -d subcommand
complete -c mayfly -n 'string match -q "help ?*" -- (__mayfly_place)' -a '(__mayfly_help)'
__mayfly_complete -n '__mayfly_at run; or __mayfly_at command' -a '(__mayfly_command)'
