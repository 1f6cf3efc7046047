#!/bin/bash
# demo.sh: what Mayfly does, shown on this machine as the user who calls it: `make demo`.
# It uses a service of its own, in a directory of its own, and ends it. Nothing else on the machine changes.
set -eu
export LC_ALL=C

cd "$(dirname "$0")/.."
PATH=$PWD/build/bin:$PATH
MAYFLY_RUNTIME_DIR=$(mktemp -d "${TMPDIR:-/tmp}/mayfly-demo.XXXXXX")
export MAYFLY_RUNTIME_DIR

stop_service() {
    mayfly serve --stop --runtime-dir "$MAYFLY_RUNTIME_DIR" || return
    flock "$MAYFLY_RUNTIME_DIR/service.lock" true # it holds this lock for as long as it lives
}

clean_up() {
    [ ! -e "$MAYFLY_RUNTIME_DIR/mayfly.sock" ] || stop_service
    rm -rf --one-file-system "$MAYFLY_RUNTIME_DIR"
}
trap clean_up EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP

say() {
    printf '\n# %s\n' "$1"
}

# Shows a command as one would type it, then runs it.
show() {
    local word line='$'
    for word in "$@"; do
        case $word in
            *[!A-Za-z0-9_./:=~-]*) line+=" '$word'" ;;
            *) line+=" $word" ;;
        esac
    done
    printf '%s\n' "$line"
    "$@"
}

# The dangerous part comes only after harmless files have shown that changes inside stay inside.
refuse_unless_sandboxed() {
    local directory canary seen
    # shellcheck disable=SC2016 # $1 is for the shell inside
    for directory in "$@"; do
        canary=$directory/.mayfly-demo-canary.$$
        seen=$(mayfly sh -c 'echo changed >"$1" && cat "$1"' sh "$canary") || seen=
        if [ -e "$canary" ]; then
            rm -f "$canary"
            echo "demo: $canary, made in a sandbox, appeared on the host: stopping here" >&2
            exit 1
        fi
        if [ "$seen" != changed ]; then
            echo "demo: a command in a sandbox cannot change $directory: stopping here" >&2
            exit 1
        fi
    done
}

count_files() {
    find "$@" -xdev 2>/dev/null | wc -l
}

# Runs a command so many times and prints the median of its times, this shell's own fork and wait included.
median() {
    local label=$1 count=$2 times=() begin end i
    shift 2
    for ((i = 0; i < count; i++)); do
        sleep 0.05 # as at a prompt: what one run leaves to be done is done before the next
        begin=${EPOCHREALTIME/./}
        "$@"
        end=${EPOCHREALTIME/./}
        times+=($((end - begin)))
    done
    printf '%s\n' "${times[@]}" | sort -n | awk -v label="$label" '
        { us[NR] = $1 }
        END { printf "%-46s %8.1f ms\n", label, (us[int((NR + 1) / 2)] + us[int(NR / 2) + 1]) / 2000 }'
}

# shellcheck disable=SC2016 # these are for the shell inside
if [ "$(id -u)" -eq 0 ]; then
    victims=(/etc /usr)
    destroy='rm -rf /etc /usr; echo "left inside:" /etc/* /usr/*'
    look='ls -A /etc /usr | wc -l'
else
    victims=("$HOME")
    destroy='rm -rf ~/* ~/.[!.]* 2>&1 | tail -n 3; echo "left inside:" ~/*'
    look='ls -A ~ | wc -l'
fi
refuse_unless_sandboxed "${victims[@]}"

say "A command that destroys all it may, as $(id -un). It has a copy of this system, and sees its own changes."
before=$(count_files "${victims[@]}")
show mayfly sh -c "$destroy" || true
say "The host afterwards: ${victims[*]} had $before files, and has $(count_files "${victims[@]}")."
show sh -c "$look"
say "The next command has a fresh copy."
show mayfly sh -c "$look"

say "The first command after a stop starts the service; each later one finds a sandbox waiting."
stop_service
median 'mayfly true, service stopped' 1 mayfly true
median 'mayfly true, median of 20' 20 mayfly true
median '/bin/true, median of 20' 20 /bin/true
median 'bwrap --unshare-all, median of 20' 20 \
    bwrap --unshare-all --bind / / --proc /proc --dev /dev --tmpfs /tmp /bin/true

say "Next"
cat <<'END'
build/bin/mayfly bash        a shell to break things in
build/bin/mayfly doctor      what this machine can do, and what it lacks
build/bin/mayfly help        all options
make install                 installs into /usr/local
END
