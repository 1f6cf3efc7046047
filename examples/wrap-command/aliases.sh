# shellcheck shell=sh
# To be read by a shell: these commands run in a root of their own when they are typed.
alias python3='mayfly python3'
alias node='mayfly node'
alias make='mayfly make'
