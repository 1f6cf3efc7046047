#compdef mayfly isolate
# zsh completion of mayfly(1) and of a link named isolate; made from the options that mayfly has.

# @table@

_mayfly_template() {
  local -a names
  names=(${(f)"$(_call_program templates mayfly template list </dev/null)"})
  names=(${names[2,-1]%% *})
  _wanted templates expl template compadd -a names
}

_mayfly_snapshot() {
  local -a names
  names=(${(f)"$(_call_program snapshots mayfly template snapshots ${(q)line[1]} </dev/null)"})
  _wanted snapshots expl snapshot compadd -a names
}

_mayfly_backend() {
  _wanted backends expl backend compadd -a _mayfly_backends
}

_mayfly_directory() {
  _directories
}

_mayfly_file() {
  _files
}

_mayfly_variable() {
  if compset -P '*[:=]'; then
    _message value
  else
    _parameters -g '*export*'
  fi
}

_mayfly_bind() {
  if compset -P '*:'; then
    _directories
  else
    _files -S :
  fi
}

_mayfly_other() {
  _message value
}

# Subcommands, and behind options commands only.
_mayfly_first() {
  if [[ $service != isolate ]] && (( CURRENT == 2 )); then
    _describe -t subcommands subcommand _mayfly_single
    _wanted subcommands expl 'group of subcommands' compadd -k _mayfly_groups
  fi
  _command_names -e
}

_mayfly_run() {
  local -a specs
  _mayfly_specs run
  _arguments -s -S $specs '(-)1:command:_mayfly_first' '*::arguments:_normal'
}

_mayfly_subcommand() {
  local -a specs line
  _mayfly_specs $1
  if [[ $1 == 'template shell' ]]; then
    specs+=('2:command:_command_names -e' '*::arguments:_normal')
  fi
  _arguments -s -S $specs
}

_mayfly() {
  local -a seconds line
  local expl first=$words[2]
  if [[ $service == isolate ]] || (( CURRENT == 2 )); then
    _mayfly_run
  elif (( ${+_mayfly_groups[$first]} )); then
    if (( CURRENT == 3 )); then
      _mayfly_seconds $first
      _describe -t subcommands subcommand seconds
    else
      words=("$first $words[3]" "${(@)words[4,-1]}")
      (( CURRENT -= 2 ))
      _mayfly_subcommand $words[1]
    fi
  elif [[ $first == help ]]; then
    if (( CURRENT == 3 )); then
      _describe -t subcommands subcommand _mayfly_single
      _wanted subcommands expl 'group of subcommands' compadd -k _mayfly_groups
    elif (( CURRENT == 4 )); then
      _mayfly_seconds $words[3]
      _describe -t subcommands subcommand seconds
    fi
  elif [[ $first == run ]]; then
    shift words
    (( CURRENT-- ))
    # Behind this word a subcommand's name is a command.
    service=isolate _mayfly_run
  elif [[ $first != version && -n ${(M)_mayfly_single:#$first:*} ]]; then
    shift words
    (( CURRENT-- ))
    _mayfly_subcommand $first
  else
    _mayfly_run
  fi
}

_mayfly "$@"
