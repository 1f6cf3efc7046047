# common.sh - what the benchmarks share; sourced by them, with bash, in the project's directory.
# FORCE=1 measures on a busy machine as well.
# shellcheck shell=bash
cd "$(dirname "${BASH_SOURCE[0]}")/.." || exit
here=$PWD
mayfly=$here/build/bin/mayfly
out=$here/build/bench
bench_cleanups=()
classes="$(echo benchmarks/target/benchmarks-*.jar):benchmarks/target/lib/*"
mkdir -p "$out"

say() {
	printf '%s: %s\n' "${0##*/}" "$1" >&2
}

# at_end WORD...: a command for the end; they are run last first.
at_end() {
	bench_cleanups=("$(printf '%q ' "$@")" "${bench_cleanups[@]}")
	trap clean_up EXIT
}

clean_up() {
	local cleanup
	for cleanup in "${bench_cleanups[@]}"; do eval "$cleanup" || :; done
}

# stop PROCESS: a child
stop() {
	kill "$1" 2>/dev/null || :
	wait "$1" || :
}

# The machine's busy processor time so far, ms: user, nice, system, irq, softirq and steal of proc(5).
busy_ms() {
	awk -v hz="$(getconf CLK_TCK)" '/^cpu / { printf "%d", ($2 + $3 + $4 + $7 + $8 + $9) * 1000 / hz }' /proc/stat
}

# idle_cpu_ms PROCESS: what its threads take in 10 s, by the scheduler's nanoseconds; stat's ticks are as long as all of it.
idle_cpu_ms() {
	{
		grep -H . "/proc/$1"/task/*/schedstat
		sleep 10
		grep -H . "/proc/$1"/task/*/schedstat
	} | awk -F '[: ]' '{ if ($1 in begin) sum += $2 - begin[$1]; else begin[$1] = $2 } END { printf "%.2f", sum / 1e6 }'
}

# A tenth of one processor's time may go to others: looked at for two seconds.
require_quiet() {
	[ "${FORCE:-0}" = 1 ] && return
	local busy
	busy=$(busy_ms)
	sleep 2
	busy=$(($(busy_ms) - busy))
	if [ "$busy" -gt 200 ]; then
		say "something else uses $((busy / 20)) % of a processor: wait until the machine is quiet, or set FORCE=1"
		exit 1
	fi
}

compile() {
	cc -O2 -Wall -Wextra -o "$out/$1" "benchmarks/src/main/c/$1.c"
}

# $place: a directory of this run's own, which all users may enter. It goes at the end.
make_place() {
	place=$(mktemp -d)
	chmod 755 "$place"
	at_end rm -rf "$place"
}

# program NAME CC: $place/NAME, a static program of main's body from standard input.
program() {
	{ printf '#include <unistd.h>\nint main(void) {\n' && cat && printf '}\n'; } >"$place/$1.c"
	"$2" -O2 -static -s -o "$place/$1" "$place/$1.c"
}

# serve NAME [LINE]...: a service with these lines as its configuration, whose runtime directory is $place/NAME;
# $service is its process.
serve() {
	local runtime=$place/$1
	shift
	printf '%s\n' "$@" >"$runtime.toml"
	"$mayfly" serve --runtime-dir "$runtime" --data-dir "$runtime-data" --config "$runtime.toml" --ready \
		>"$runtime.ready" 2>"$runtime.log" &
	service=$!
	at_end end_service "$runtime" "$service"
	until [ -s "$runtime.ready" ]; do
		kill -0 "$service" 2>/dev/null || { cat "$runtime.log" >&2 && exit 1; }
		sleep 0.05
	done
}

end_service() {
	"$mayfly" serve --stop --runtime-dir "$1" >/dev/null 2>&1 || :
	wait "$2" || :
}

# destroy_pool NAME: sandboxes of a service that has ended may hold it for a moment.
destroy_pool() {
	for _ in {1..20}; do
		if zpool destroy -f "$1"; then return; fi
		sleep 0.5
	done
	return 1
}

# launch RUNS GAP_US CASE...: the program. What root's cases mount is seen by none but them: a service would have to make parked sandboxes
# of the template host anew.
launch() {
	if [ "$(id -u)" -eq 0 ]; then unshare --mount "$out/launch" "$@"; else "$out/launch" "$@"; fi
}

# add NAME WORD...: a case for the program launch, if CASES (names; empty: all) has it and it works here.
cases=()
add() {
	local name=$1 program=0 why path
	shift
	[ -z "${CASES-}" ] || [[ " $CASES " == *" $name "* ]] || return 0
	local -a words=("$@")
	while [[ ${words[program]} = @tty || ${words[program]} = [A-Z]*=* ]]; do program=$((program + 1)); done
	if ! path=$(command -v "${words[program]}"); then
		say "left out: $name: ${words[program]} is not installed"
		return
	fi
	words[program]=$path
	if ! why=$(launch 1 0 "$name" "${words[@]}" 2>&1 >/dev/null); then
		say "left out: $name: ${why//$'\n'/ }"
		return
	fi
	[ ${#cases[@]} -eq 0 ] || cases+=(--)
	cases+=("$name" "${words[@]}")
}

# For crun, which knows only cgroup v2: runs the script again where that alone is mounted. No other process sees it.
with_cgroup_v2() {
	if [ "$(id -u)" -eq 0 ] && [ -z "${MAYFLY_BENCH_INNER-}" ] && [ "$(stat -fc %T /sys/fs/cgroup)" != cgroup2fs ]; then
		# shellcheck disable=SC2016 # the inner shell's
		MAYFLY_BENCH_INNER=1 exec unshare --mount -- bash -c 'mount -t cgroup2 none /sys/fs/cgroup && exec "$0"' "benchmarks/${0##*/}"
	fi
}

# $mirrored: the arguments that Mayfly gives bubblewrap for a run of the template host, with a plain directory as root.
mirror() {
	mapfile -t mirrored < <(report bwrap "$(id -u)")
}

# $place/rootfs, all that the programs for whole containers want, with a true of musl; which is $place/true as well.
make_rootfs() {
	program true musl-gcc <<<'return 0;'
	mkdir -p "$place"/rootfs/{bin,etc,dev,proc,run,sys,tmp,usr/bin}
	cp "$place/true" "$place/rootfs/bin/true"
	touch "$place/rootfs/etc/os-release"
}

# report WORD...: the Java half, which knows statistics and draws.
report() {
	java -Djava.awt.headless=true -cp "$classes" mayfly.benchmarks.Report "$@"
}
