#!/bin/sh
# verify.sh - tries on a FreeBSD machine (13.1 or later, amd64) what Mayfly does there. As root, with ZFS:
#     pkg install gmake maven openjdk17
#     sh integration/freebsd/verify.sh
# It builds the C programs, makes a pool in a file, and runs jails in clones of a little system out of /rescue, with the very
# words that JailBackend gives (docs/freebsd.md). Then it builds all, with Maven from the network, and has root's service, in a
# place of its own, do the same. Where pkg cannot install them: gmake is needed for anything; without mvn in PATH or a JDK of 17
# or later in JAVA_HOME (default: openjdk17's place) the service is left out, and all before it is tried all the same.
# It prints TAP: "ok N - …" and "not ok N - …"; what this machine lacks for a row is "ok N - … # SKIP" with the reason. Whatever
# happens, what it made is taken away again, by its own names.
# Exit: 0 all ok, 1 not, 2 it could not begin.
# shellcheck disable=SC2016 # what stands in single quotes is for the shell inside
set -u

here=$(cd "$(dirname "$0")/../.." && pwd -P)
id=mfv$$
pool=$id
count=0
failed=0

bail() {
    echo "Bail out! $*"
    exit 2
}

export JAVA_HOME="${JAVA_HOME:-/usr/local/openjdk17}" # maven's package may bring another one that is found first

[ "$(uname -s)" = FreeBSD ] || bail "this is $(uname -s), not FreeBSD"
[ "$(id -u)" = 0 ] || bail "only root can make jails"
command -v gmake >/dev/null || bail "gmake is missing: pkg install gmake"
kldstat -qm zfs || kldload zfs || bail "there is no ZFS"
[ "$(sysctl -n hw.machine_arch)" = amd64 ] || bail "this machine is $(sysctl -n hw.machine_arch), not amd64"

work=$(mktemp -d /var/tmp/mayfly-verify.XXXXXX) || bail "no directory to work in"
place=$work/place
root=$place/r
runtime=$work/runtime
service=
enter=$work/build/lib/mayfly/mayfly-enter
init=$work/build/lib/mayfly/mayfly-init

# Rows. -------------------------------------------------------------------------------------------------------------------

# row NAME COMMAND...: ok when the command succeeds; what it prints is shown when it does not.
row() {
    count=$((count + 1))
    title=$1
    shift
    if "$@" >"$work/output" 2>&1; then
        echo "ok $count - $title"
    else
        echo "not ok $count - $title"
        sed 's/^/# /' "$work/output"
        failed=$((failed + 1))
    fi
}

skip() {
    count=$((count + 1))
    echo "ok $count - $1 # SKIP $2"
}

# status N COMMAND...: succeeds when the command ends with N.
status() {
    wanted=$1
    shift
    "$@"
    got=$?
    [ "$got" -eq "$wanted" ] || {
        echo "exit status $got, not $wanted"
        return 1
    }
}

# says N TEXT COMMAND...: succeeds when the command ends with N and what it prints has the text in it.
says() {
    wanted=$1
    text=$2
    shift 2
    "$@" >"$work/said" 2>&1
    got=$?
    cat "$work/said"
    [ "$got" -eq "$wanted" ] && grep -qF -e "$text" "$work/said" && return 0
    echo "exit status $got, not $wanted with: $text"
    return 1
}

# prints TEXT COMMAND...: succeeds when the command does and that is all that it prints.
prints() {
    wanted=$1
    shift
    got=$("$@" 2>&1)
    ended=$?
    if [ "$ended" -ne 0 ] || [ "$got" != "$wanted" ]; then
        echo "exit status $ended"
        echo "printed: $got"
        echo "not:     $wanted"
        return 1
    fi
}

# until_done COMMAND...: waits for it to succeed, 10 s at most: the kernel takes its time with what is left of a jail. $most is
# another number of tenths of a second.
until_done() {
    tries=0
    until "$@"; do
        tries=$((tries + 1))
        [ $tries -lt "${most:-100}" ] || return 1
        sleep 0.1
    done
}

# The sandbox, as JailBackend and JailRemains make it and take it away. ---------------------------------------------------

# What DevfsRules hides, from its source.
hide_unwanted() {
    for name in $(sed -n '/List<String> UNWANTED/p' \
        "$here/sandbox/src/main/java/mayfly/sandbox/backend/DevfsRules.java" | grep -o '"[a-z]*"' | tr -d '"'); do
        devfs -m "$root/dev" rule apply path "$name" hide || return 1
    done
}

set_up() {
    mkdir -m 0700 "$place" && mkdir -m 0700 "$root" &&
        zfs clone -o canmount=noauto -o setuid=off "$pool/t@s" "$pool/t_1" &&
        mount -t zfs -o nosuid,noatime "$pool/t_1" "$root" &&
        "$enter" target "$root" /dev directory target "$root" /tmp directory -- /usr/bin/true &&
        mount -t devfs -o ruleset=4 devfs "$root/dev" &&
        hide_unwanted &&
        mount -t fdescfs -o rw fdescfs "$root/dev/fd" &&
        mount -t tmpfs -o nosuid,mode=1777,size=16m tmpfs "$root/tmp"
}

# Of this script's sandboxes, and of its service's.
mounted() {
    mount -p | awk -v place="$place/" -v runtime="$runtime/" \
        'index($2, place) == 1 || index($2, runtime) == 1 { print $2 }'
}

tear_down() {
    "$enter" remove-jail "$id" -- /usr/bin/true &&
        until_done unmount_all &&
        rmdir "$root" "$place" &&
        until_done zfs destroy "$pool/t_1"
}

unmount_all() {
    for directory in $(mounted | awk '{ print gsub("/", "/"), $0 }' | sort -rn | cut -d' ' -f2-); do
        umount -f "$directory"
    done
    [ -z "$(mounted)" ]
}

# The permissions that JailBackend denies, from its source: this kernel has to accept all that it knows of.
denied() {
    sed -n '/List<String> DENIED/,/;/p' "$here/sandbox/src/main/java/mayfly/sandbox/backend/JailParameters.java" |
        grep -o '"[a-z_.]*"' | tr -d '"'
}

# jailed [STEP]... -- PROGRAM ARG...: the parameters, the jail, more steps, a program that is in the clone.
jailed() {
    # shellcheck disable=SC2046 # one word each
    "$enter" parameter host.hostname "$id" parameter ip4 "${ip4:-disable}" parameter ip6 "${ip6:-disable}" \
        parameter sysvmsg new parameter sysvsem new parameter sysvshm new parameter enforce_statfs 2 \
        parameter children.max 0 parameter securelevel 2 parameter devfs_ruleset 4 \
        $(denied | sed 's/^/deny /') jail "$id" "$root" "$@"
}

inside() {
    jailed -- /bin/sh -c "$1"
}

# The same through mayfly-init: parked, then a command.
parked() {
    # shellcheck disable=SC2046
    "$work/run" "$init" "$work/lock" "$enter" parameter host.hostname "$id" parameter ip4 disable parameter ip6 disable \
        parameter enforce_statfs 2 parameter children.max 0 parameter securelevel 2 parameter devfs_ruleset 4 \
        $(denied | sed 's/^/deny /') jail "$id" "$root" user 65534 65534 - -- /dev/fd/4 --- "$@"
}

# Succeeds when the command fails inside for want of a right: not because it is missing there.
forbidden() {
    inside "$1" >"$work/forbidden" 2>&1 && echo "it could" && return 1
    cat "$work/forbidden"
    grep -qi 'not permitted\|no such process' "$work/forbidden"
}

# Those whose roots are in the service's place.
services_jails() {
    jls name path | awk -v runtime="$runtime/" 'index($2, runtime) == 1 { print $1 }'
}

has_jail() {
    jls -j "$id" >/dev/null 2>&1
}

no_jail() {
    ! jls -j "$id" >/dev/null 2>&1
}

clean() {
    trap '' INT TERM
    [ -z "$service" ] || { kill "$service" && wait "$service"; } 2>/dev/null
    if [ -x "$enter" ]; then
        "$enter" remove-jail "$id" -- /usr/bin/true
        for left in $(services_jails); do
            "$enter" remove-jail "$left" -- /usr/bin/true
        done
    fi
    ifconfig "${id}a" destroy 2>/dev/null
    [ -z "${bridge-}" ] || ifconfig "$bridge" destroy 2>/dev/null
    until_done unmount_all || echo "# still mounted: $(mounted)"
    if zpool list "$pool" >/dev/null 2>&1; then
        until_done zpool destroy -f "$pool" || echo "# the pool $pool stays"
    fi
    # rm must not get at anything that is still mounted, nor at the disk of a pool that is in use.
    [ -n "$(mounted)" ] || zpool list "$pool" >/dev/null 2>&1 || rm -rf "$work"
}
trap clean EXIT
trap 'exit 2' INT TERM

# The ground. -------------------------------------------------------------------------------------------------------------

build() {
    gmake -s -C "$here/native" BUILD="$work/build" all &&
        cc -std=c11 -Wall -o "$work/run" "$here/integration/freebsd/run.c" "$here/native/protocol.c"
}

make_template() {
    truncate -s 1g "$work/disk" && zpool create -f -O mountpoint=none "$pool" "$work/disk" &&
        zfs create -o mountpoint="$work/t" "$pool/t" &&
        mkdir "$work/t/bin" "$work/t/etc" "$work/t/usr" "$work/t/root" && cp -p /rescue/rescue "$work/t/bin/sh" &&
        for program in cat chflags chmod cp echo hostname id ifconfig kill kldload ln ls mkdir mknod mount ps rm sleep \
            sysctl test umount; do
            ln "$work/t/bin/sh" "$work/t/bin/$program" || return 1
        done &&
        mkdir "$work/t/setuid" && cp -p /rescue/rescue "$work/t/setuid/id" && chmod 4755 "$work/t/setuid/id" &&
        zfs snapshot "$pool/t@s"
}

row "the C programs are built" build
[ -x "$enter" ] || bail "without mayfly-enter there is nothing to try"
row "a pool in a file, and a template out of /rescue" make_template
row "the ruleset of jails is loaded (service devfs restart)" sh -c 'devfs rule showsets | grep -qx 4'
row "a clone, its mount points, devfs, fdescfs and tmpfs are set up" set_up

only_harmless() {
    for node in "$root/dev"/* "$root/dev"/.[!.]*; do
        case ${node##*/} in
            fd | null | ptmx | pts | random | stderr | stdin | stdout | urandom | zero | full | log | tty | '*' | '.[!.]*') ;;
            *) echo "it shows ${node##*/}" && return 1 ;;
        esac
    done
    [ -c "$root/dev/null" ]
}
row "its /dev shows nothing of the machine's" only_harmless

# First light: a command, and its end. ------------------------------------------------------------------------------------

row "all parameters and denials are accepted" inside 'exit 0'
row "the command's exit status is mayfly-enter's" status 7 inside 'exit 7'
row "so is its signal, as 128 and its number" status 143 inside 'kill -TERM $$'
row "what it prints arrives" prints hello inside 'echo hello'
row "the root is the clone's" prints yes inside '[ -e /setuid/id ] && [ ! -e /rescue ] && echo yes'
row "the working directory is the root" prints / inside 'pwd'
row "the jail is gone with its last process" no_jail
row "a program that is not there has status 127" status 127 jailed -- /no/such
row "a process that the command leaves is killed" status 0 inside 'sleep 1000 & exit 0'
row "and its jail is gone" until_done no_jail
twice() {
    inside 'sleep 1000' &
    first=$!
    until_done has_jail && says 125 'File exists' inside 'exit 0' && has_jail && kill -0 "$first" &&
        "$enter" remove-jail "$id" -- /usr/bin/true && until_done no_jail
}
row "a jail that exists already is refused, and goes on" twice

# What is refused before there is a jail. ---------------------------------------------------------------------------------

with_directory() {
    inside 'exit 0' 3</
}
row "a directory as a descriptor is refused" says 125 'descriptor 3 is a directory' with_directory
ln -s "$root" "$work/link"
row "a root behind a symbolic link is refused" says 125 'a symbolic link is in the way' \
    "$enter" jail "$id" "$work/link" -- /bin/sh -c 'exit 0'
row "a parameter that would let the jail persist is refused" says 125 'knows no parameter persist' \
    "$enter" parameter persist 1 -- /usr/bin/true
for name in '' 'a b' ';' '..' 'a.b' 12 "$(printf 'a\nb')"; do
    row "the name '$(printf %s "$name" | tr '\n' ' ')' names no jail" \
        says 125 'Invalid argument' "$enter" jail "$name" "$root" -- /bin/sh
done
hostile_mount_points() {
    says 125 'a symbolic link is in the way' "$enter" target "$root" /evil/x directory -- /usr/bin/true &&
        [ ! -e /var/tmp/"$id"-escaped/x ]
}
mkdir /var/tmp/"$id"-escaped
ln -s /var/tmp/"$id"-escaped "$root/evil"
row "a mount point behind a link of the clone's is refused, and the host untouched" hostile_mount_points
rm "$root/evil"
rmdir /var/tmp/"$id"-escaped

# From inside, as the machine's uid 0. ------------------------------------------------------------------------------------

row "no device of the machine's is there" inside '[ ! -e /dev/mem ] && [ ! -e /dev/zfs ] && [ ! -e /dev/kmem ]'
row "mknod makes none" forbidden 'mknod /tmp/mem c 1 1'
row "mount is refused" forbidden 'mkdir -p /mnt && mount -t tmpfs tmpfs /mnt'
row "umount is refused" forbidden 'umount -f /tmp'
row "kldload is refused" forbidden 'kldload nullfs'
row "the kernel's settings cannot be changed" forbidden 'sysctl kern.maxprocperuid=1'
row "the host's name cannot be changed" forbidden 'hostname other'
row "flags of files cannot be set" forbidden ': >/root/x && chflags schg /root/x'
row "process 1 of the host cannot be signalled" forbidden 'kill -0 1'
one_mount() {
    inside 'mount' >"$work/mounts" && prints 1 sh -c "grep -c . '$work/mounts'"
}
row "other mounts are not to be seen" one_mount
own_processes() {
    inside 'ps -axo command' >"$work/processes" && cat "$work/processes" && grep -q ps "$work/processes" &&
        ! grep -q 'verify.sh' "$work/processes"
}
row "other processes are not to be seen" own_processes
no_address() {
    inside 'ifconfig -a' >"$work/interfaces" && ! grep inet "$work/interfaces"
}
row "there is no address" no_address

# A user. -----------------------------------------------------------------------------------------------------------------

row "the user step makes the user" prints 65534 jailed user 65534 65534 - -- /bin/id -u
login_name() {
    jailed login verify user 65534 65534 - -- /bin/id -p >"$work/id" && cat "$work/id" &&
        grep -qx 'login[[:space:]]*verify' "$work/id"
}
row "who has logged in is who the service says" login_name
row "without other groups" prints 65534 jailed user 65534 65534 - -- /bin/id -G
row "a setuid file of the clone gives nothing" prints 65534 jailed user 65534 65534 - -- /setuid/id -u
row "nor is it one from the host's side" sh -c "mount -p | grep '[[:space:]]${root}[[:space:]]' | grep -q nosuid"

# mayfly-init. ------------------------------------------------------------------------------------------------------------

row "a parked sandbox runs its command" prints 'a b 65534' parked /bin/sh -c 'echo "$1" "$(id -u)"' sh 'a b'
row "with its exit status" status 9 parked /bin/sh -c 'exit 9'
row "and its signal" status 137 parked /bin/sh -c 'kill -KILL $$'
row "a command that is not there has status 127" status 127 parked /no/such
row "it has descriptors 0 to 2 and no other" prints '0 1 2' parked /bin/sh -c 'for f in 0 1 2 3 4 5 6 7 8 9; do
    [ ! -e /dev/fd/$f ] || list="$list $f"; done; echo $list'
row "what it leaves is killed" status 0 parked /bin/sh -c 'sleep 1000 & exit 0'
row "and the jail is gone" until_done no_jail
init_outside() {
    "$work/run" "$init" "$work/lock" "$init" -- x --- /bin/echo ran 2>&1 | grep -q 'outside a sandbox'
}
row "outside a jail mayfly-init refuses to run" init_outside

# Violent ends. -----------------------------------------------------------------------------------------------------------

gone() {
    ! kill -0 "$1" 2>/dev/null
}

kill_outermost() {
    inside 'sleep 1000 & sleep 1000' &
    begun=$!
    until_done has_jail || return 1
    # A shell may execute the last command of a function in its own place, or start it as its child.
    outermost=$begun
    [ "$(ps -o comm= -p "$begun")" = mayfly-enter ] || outermost=$(pgrep -x -P "$begun" mayfly-enter) || return 1
    kill -KILL "$outermost" || return 1
    wait "$begun"
    until_done gone "$outermost" && "$enter" remove-jail "$id" -- /usr/bin/true
}
row "after kill -9 of mayfly-enter the jail can be removed by its name" kill_outermost
row "and nothing of it runs" until_done no_jail
row "removing a jail that is not there is no failure" "$enter" remove-jail "$id" -- /usr/bin/true
busy() {
    inside ': >/tmp/open; exec 9>/root/open; sleep 1000' &
    until_done has_jail && tear_down
}
row "with processes and open files in it, everything is taken away in the order that works" busy
none_mounted() {
    mount -p >"$work/mounts" && ! grep "[[:space:]]$place/" "$work/mounts"
}
row "nothing is left mounted" none_mounted
no_clone() {
    zfs list -H -o name -r "$pool" >"$work/datasets" && ! grep -x "$pool/t_1" "$work/datasets"
}
row "and the clone is destroyed" no_clone

again() {
    for _ in 1 2 3 4 5 6 7 8 9 10; do
        set_up && inside '[ ! -e /root/x ] && echo x >/root/x' || return 1
        tear_down || return 1
    done
}
row "ten clones one after another, and none has what another wrote" again

# Limits and networks. ----------------------------------------------------------------------------------------------------

if [ "$(sysctl -n kern.racct.enable 2>/dev/null)" = 1 ]; then
    limited() {
        set_up && rctl -a "jail:$id:maxproc:deny=5" || return 1
        inside 'i=0; while [ $i -lt 20 ]; do sleep 2 & i=$((i + 1)); done' 2>"$work/limited"
        grep -qi 'fork\|temporarily' "$work/limited" && rctl -r "jail:$id" && [ -z "$(rctl "jail:$id")" ] && tear_down
    }
    row "rctl bounds the processes of a jail by its name, and its rules can be removed" limited
else
    skip "rctl bounds the processes of a jail" "kern.racct.enable is not 1 (/boot/loader.conf)"
fi

if sysctl -n kern.features.vimage >/dev/null 2>&1 && kldload -n if_bridge if_epair; then
    bridge=$(ifconfig bridge create)
    with_vnet() {
        set_up || return 1
        "$enter" parameter vnet new jail "$id" "$root" -- /bin/sleep 1000 &
        until_done has_jail && ifconfig epair31999 create name "${id}a" && ifconfig "$bridge" addm "${id}a" &&
            ifconfig "${id}a" up && ifconfig epair31999b vnet "$id" || return 1
        "$enter" remove-jail "$id" -- /usr/bin/true && until_done no_jail && ifconfig "${id}a" destroy &&
            ! ifconfig "${id}a" 2>/dev/null && tear_down
    }
    row "a jail has a network of its own on a bridge, and it is taken away with it" with_vnet
else
    skip "a jail has a network of its own" "this kernel has no VIMAGE, or no if_bridge and if_epair"
fi

address() {
    set_up || return 1
    "$enter" parameter ip4 new parameter ip4.addr 127.0.0.1 parameter ip6 disable jail "$id" "$root" -- /bin/ifconfig -a \
        >"$work/interfaces" && grep 'inet 127.0.0.1' "$work/interfaces" && tear_down
}
row "a jail has the address that it is given" address

# The service. ------------------------------------------------------------------------------------------------------------

java_program=$here/build/lib/mayfly/mayfly-java

# The client must not start a service of its own: without this one no row is ok. One that has ended and is not waited for is none.
served() {
    case ${service:+$(ps -o state= -p "$service")} in
        '' | Z*) ;;
        *) [ ! -S "$runtime/mayfly.sock" ] || return 0 ;;
    esac
    echo "the service does not run"
    return 1
}

start_service() {
    "$java_program" serve --runtime-dir "$runtime" --data-dir "$work/data" --config "$work/mayfly.toml" \
        >>"$work/service.log" 2>&1 &
    service=$!
    most=600 until_done test -S "$runtime/mayfly.sock" && served && return 0
    cat "$work/service.log"
    return 1
}

mayfly() {
    served >&2 || return 99
    MAYFLY_RUNTIME_DIR=$runtime "$here/build/bin/mayfly" "$@"
}

# with VARIABLE=VALUE WORD...: the same, with a variable of the caller's.
with() {
    served >&2 || return 99
    setting=$1
    shift
    env MAYFLY_RUNTIME_DIR="$runtime" "$setting" "$here/build/bin/mayfly" "$@"
}

# An ordinary user's; let_in has come before.
as_nobody() {
    served >&2 || return 99
    chroot -u 65534 -g 65534 / /usr/bin/env MAYFLY_RUNTIME_DIR="$runtime" "$work/mayfly" "$@"
}

let_in() {
    chmod 0711 "$work" && install -m 755 "$here/build/bin/mayfly" "$work/mayfly" && chmod 0666 "$runtime/mayfly.sock"
}

fresh() {
    mayfly sh -c '[ ! -e /root/x ] && echo x >/root/x' && mayfly sh -c '[ ! -e /root/x ]'
}

fed() {
    echo fed | mayfly cat
}

on_terminal() {
    served || return 1
    MAYFLY_RUNTIME_DIR=$runtime script -q /dev/null "$here/build/bin/mayfly" sh -c '[ -t 0 ] && [ -t 1 ] && echo is-one' \
        </dev/null | grep -q is-one
}

bound() {
    mkdir "$work/bound" && echo there >"$work/bound/file" && prints there mayfly -d "$work/bound:/root:ro" cat /root/file &&
        prints refused mayfly -d "$work/bound:/root:ro" sh -c '(echo x >/root/file) 2>/dev/null || echo refused' &&
        [ "$(cat "$work/bound/file")" = there ]
}

shares_network() {
    mayfly -n ifconfig lo0 >"$work/shared" && grep 'inet 127.0.0.1' "$work/shared" &&
        mayfly ifconfig lo0 >"$work/own" && grep lo0 "$work/own" && ! grep inet "$work/own"
}

in_directory() {
    mkdir -p "$work/own/dev" "$work/own/tmp" "$work/own/bin" && cp -p /rescue/rescue "$work/own/bin/sh" &&
        prints ran mayfly -t "$work/own" sh -c 'echo x >/kept; echo ran' && [ -e "$work/own/kept" ] && rm -f "$work/own/kept"
}

# Who can write there could let /tmp be a link to where a tmpfs is to be seen by all.
in_others_directory() {
    mkdir -p "$work/others/dev" "$work/others/tmp" && chown 65534 "$work/others" &&
        says 125 'belongs to another user' mayfly -t "$work/others" sh -c 'echo ran'
}

no_users_mount() {
    mount -p >"$work/mounts" && ! grep "[[:space:]]$work/others" "$work/mounts"
}

audited() {
    until_done grep -q '"event":"start"' "$work/audit.log" && grep -q '"event":"refusal"' "$work/audit.log"
}

unconfigured() {
    "$java_program" serve --runtime-dir "$runtime" --data-dir "$work/data" --config "$work/empty.toml" \
        >>"$work/service.log" 2>&1 &
    service=$!
    most=600 until_done test -S "$runtime/mayfly.sock" &&
        says 125 'no template on FreeBSD' mayfly true && stop_service
}

session() {
    mayfly session start verify && mayfly session exec verify sh -c 'echo 1 >/root/kept' &&
        prints 1 mayfly session exec verify cat /root/kept && mayfly session end verify
}

# While the service is killed, what runs goes on; the next one takes away what it has left.
killed() {
    mkfifo "$work/go" "$work/gone"
    mayfly session start kept || return 1
    if [ -n "${bridge-}" ]; then
        with LXC_NET_BR="$bridge" session start bridged -n || return 1
    fi
    mayfly sh -c 'echo begun; read word; echo "$word"' <"$work/go" >"$work/gone" &
    client=$!
    exec 8>"$work/go" 9<"$work/gone"
    read -r word <&9 && [ "$word" = begun ] && kill -KILL "$service"
    wait "$service" 2>/dev/null
    rm -f "$runtime/mayfly.sock"
    start_service || return 1
    echo finished >&8
    read -r word <&9
    exec 8>&- 9<&-
    wait "$client" && [ "$word" = finished ] && fresh && prints 1 mayfly session exec kept sh -c 'echo 1' &&
        mayfly session end kept || return 1
    [ -z "${bridge-}" ] || { bridged && mayfly session end bridged; }
}

bridged() {
    with LXC_NET_BR="$bridge" -n ifconfig -a >"$work/interfaces" && grep epair "$work/interfaces"
}

stop_service() {
    served && "$java_program" serve --stop --runtime-dir "$runtime" || return 1
    wait "$service"
    service=
    [ ! -S "$runtime/mayfly.sock" ]
}

nothing_left() {
    jls >/dev/null && [ -z "$(services_jails)" ] && [ -z "$(mounted)" ] &&
        zfs list -H -o mayfly:state -r "$pool" >"$work/states" && ! grep -q used "$work/states"
}

# A service that stops takes 3 s for what is parked; the next one has all the time for the rest.
left_to_the_next() {
    start_service || return 1
    most=600 until_done nothing_left || {
        services_jails
        mounted
        zfs list -o name,mayfly:state -r "$pool"
        return 1
    }
    stop_service && nothing_left
}

more_templates() {
    for other in u v; do
        zfs clone -o mountpoint="$work/$other" "$pool/t@s" "$pool/$other" && zfs snapshot "$pool/$other@s" || return 1
    done
}

service_rows() {
    cat >"$work/mayfly.toml" <<EOF
default-template = "t"
[template.t]
dataset = "$pool/t"
[template.strict]
dataset = "$pool/u"
seccomp = "strict"
[template.hooked]
dataset = "$pool/v"
pre-start = ["/usr/bin/true"]
[policy]
share-net = false
[audit]
file = "$work/audit.log"
EOF
    : >"$work/empty.toml"
    row "more templates" more_templates
    mkdir -m 0755 "$runtime"
    row "mayfly config check accepts a template with a dataset" "$java_program" config check "$work/mayfly.toml"
    row "the service starts" start_service
    if ! served >/dev/null; then
        skip "what root's service does" "it has not started"
        return
    fi
    row "a command runs in a clone" prints hello mayfly sh -c 'echo hello'
    row "with its exit status" status 7 mayfly sh -c 'exit 7'
    row "and its signal" status 143 mayfly sh -c 'kill -TERM $$'
    row "a command that is not there has status 127" status 127 mayfly no-such-command
    row "what it reads arrives" prints fed fed
    row "each command has a root of its own" fresh
    row "on a terminal a command has one" on_terminal
    row "a directory is bound, read-only" bound
    row "the network is shared with -n only" shares_network
    row "a session keeps what its commands write" session
    row "--x11 is refused" says 125 'to backend jail' mayfly --x11 true
    row "--pulseaudio is refused" says 125 'to backend jail' mayfly --pulseaudio true
    row "--uid-base is refused" says 125 'FreeBSD has no user namespaces' mayfly --uid-base=100000 true
    row "template host is refused" says 125 'no template on FreeBSD' mayfly --template=host true
    row "a hook of the caller's is refused" says 125 'run hooks with this backend' with PRE_SPAWN_HOOK=true true
    row "hooks of a template are refused" says 125 'cannot run hooks with backend jail' mayfly -z hooked true
    row "seccomp = strict is refused" says 125 'FreeBSD has no filter' mayfly -z strict true
    row "LXC_MAP_TUN is refused" says 125 'has no tun' with LXC_MAP_TUN=1 true
    row "a directory without a clone keeps what is written" in_directory
    row "a directory that another user can change is refused" in_others_directory
    row "and nothing is mounted in it" no_users_mount
    row "one address is shared" says 0 'inet 127.0.0.1' with MAYFLY_JAIL_ADDRESSES=127.0.0.1 -n ifconfig -a
    if [ "$(sysctl -n kern.racct.enable 2>/dev/null)" = 1 ]; then
        row "a quota is counted" status 0 with LXC_MEM_MB_QUOTA=64 sh -c 'exit 0'
    else
        row "a quota that nothing would count is refused" says 125 'kern.racct.enable' with LXC_MEM_MB_QUOTA=64 true
    fi
    if [ -n "${bridge-}" ]; then
        row "a command has an interface on a bridge" bridged
    else
        skip "a command has an interface on a bridge" "there is no bridge"
    fi
    row "an ordinary user is let in by who owns the socket" let_in
    row "his command is his" prints 65534 as_nobody id -u
    row "he may not bind" says 125 'its path would be followed as root' as_nobody -d "$work/bound:/root" true
    row "nor run in a directory" says 125 'cannot use --root with backend jail' as_nobody -t "$work/own" true
    row "nor change ids" says 125 'FreeBSD has no user namespaces' as_nobody --uid-base=100000 true
    row "nor share the network where [policy] says so" says 125 "cannot share the host's network" as_nobody -n true
    row "starts and refusals are in the audit log" audited
    row "after kill -9 of the service a command goes on, and the next service serves" killed
    row "the service stops" stop_service
    row "the next one takes away all jails, mounts and clones that are left" left_to_the_next
    row "without a configuration one starts, and says what is missing" unconfigured
}

if [ -x "$JAVA_HOME/bin/javac" ] && command -v mvn >/dev/null; then
    export MAYFLY_JAVA_HOME="$JAVA_HOME"
    row "all is built (gmake)" gmake -C "$here"
    row "mayfly doctor finds nothing missing" "$java_program" doctor
    service_rows
else
    skip "root's service" "maven or a JDK in $JAVA_HOME is missing: pkg install maven openjdk17; nothing else was tried for it"
fi

echo "1..$count"
[ "$failed" -eq 0 ]
