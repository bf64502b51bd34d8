#!/bin/sh
# SPDX-License-Identifier: MIT
#
# usage: host-tune.sh [--apply | --restore] [--sysroot DIR]
#
# Quietens this machine for measurements until it is restored or rebooted. Without an option it
# only prints, as commands, what --apply would do. --apply writes down each old value before it
# changes it, in a journal beneath /var/lib/fpstate-bench; --restore puts them back and removes the
# journal. Both need root. `fpstate-bench doctor` explains each setting. --sysroot works on the
# files beneath DIR, journal included.
set -eu
root=$(CDPATH='' cd -- "$(dirname -- "$0")/.." && pwd)
# shellcheck source=scripts/common.sh
. "$root/scripts/common.sh"

cpu=/sys/devices/system/cpu
tab=$(printf '\t')

usage()
{
	say "usage: host-tune.sh [--apply | --restore] [--sysroot DIR]"
	exit 2
}

mode=plan
sysroot=
while [ $# -gt 0 ]; do
	case "$1" in
	--apply | --restore)
		[ "$mode" = plan ] || usage
		mode=${1#--}
		;;
	--sysroot)
		[ $# -gt 1 ] || usage
		sysroot=${2%/}
		shift
		[ -d "$sysroot" ] || die "--sysroot $sysroot: no such folder"
		;;
	--sysroot=*)
		sysroot=${1#*=}
		sysroot=${sysroot%/}
		[ -d "$sysroot" ] || die "--sysroot $sysroot: no such folder"
		;;
	*) usage ;;
	esac
	shift
done
journal=$sysroot/var/lib/fpstate-bench/host-tune.journal

# list_settings: FILE WANTED, one a line, in the order of --apply. SMT is last: the siblings that
# it takes offline have governors of their own.
list_settings()
{
	for file in "$sysroot$cpu"/cpu[0-9]*/cpufreq/scaling_governor; do
		echo "${file#"$sysroot"} performance"
	done
	echo "$cpu/intel_pstate/no_turbo 1"
	echo "$cpu/cpufreq/boost 0"
	echo "/sys/kernel/mm/transparent_hugepage/enabled madvise"
	echo "/proc/sys/kernel/numa_balancing 0"
	echo "/proc/sys/kernel/nmi_watchdog 0"
	echo "/proc/sys/kernel/perf_event_paranoid 1"
	echo "$cpu/smt/control off"
}

# read_value FILE: what is in force. "always [madvise] never" is a choice, the rest are values.
read_value()
{
	text=$(cat "$sysroot$1" 2>/dev/null) || return 1
	case "$text" in
	*\[*\]*)
		text=${text#*\[}
		text=${text%%\]*}
		;;
	esac
	printf '%s\n' "$text"
}

# is_fine FILE NOW WANTED
is_fine()
{
	case "$1:$2" in
	*:"$3") return 0 ;;
	# No SMT, by firmware, by hardware or by the kernel's command line.
	*/smt/control:notsupported | */smt/control:notimplemented | */smt/control:forceoff) return 0 ;;
	# Fewer restrictions do as well.
	*/perf_event_paranoid:-1 | */perf_event_paranoid:0) return 0 ;;
	esac
	return 1
}

# is_offered FILE WANTED: not every driver knows every governor.
is_offered()
{
	case "$1" in
	*/scaling_governor)
		choices=$(cat "$sysroot${1%/*}/scaling_available_governors" 2>/dev/null) ||
			return 0
		case " $choices " in
		*" $2 "*) return 0 ;;
		esac
		return 1
		;;
	esac
	return 0
}

# write_value FILE VALUE: 1 if it cannot be written or does not stay.
write_value()
{
	{ printf '%s\n' "$2" >"$sysroot$1"; } 2>/dev/null || return 1
	[ "$(read_value "$1")" = "$2" ]
}

# for_each_change FUNCTION: FUNCTION FILE NOW WANTED for each setting that is not as wanted.
for_each_change()
{
	list_settings | while read -r file wanted; do
		if ! now=$(read_value "$file"); then
			say "skipped: $file: not on this machine"
		elif is_fine "$file" "$now" "$wanted"; then
			:
		elif ! is_offered "$file" "$wanted"; then
			say "skipped: $file: does not offer $wanted"
		else
			"$1" "$file" "$now" "$wanted" || exit 1
		fi
	done
}

hint_irqbalance()
{
	if grep -qx irqbalance "$sysroot"/proc/[0-9]*/comm 2>/dev/null; then
		say "hint: irqbalance moves interrupts to the measured CPU, and is left alone here:" \
			"systemctl stop irqbalance"
	fi
}

print_change()
{
	echo "echo $3 >$sysroot$1   # now $2"
}

# The old value is on the disk before the new one is in force. The dot tells a whole line from one
# that a crash cut short: such a line changed nothing yet.
make_change()
{
	if ! printf '%s\t%s\t.\n' "$1" "$2" >>"$journal" || ! sync "$journal"; then
		say "host-tune.sh: $journal: cannot be written"
		return 1
	fi
	if ! write_value "$1" "$3"; then
		say "host-tune.sh: $1: cannot be set to $3; what was changed before is undone by" \
			"host-tune.sh --restore"
		return 1
	fi
	echo "$1: $2 -> $3"
}

# put_back FILE OLD
put_back()
{
	if ! now=$(read_value "$1"); then
		say "skipped: $1: no longer on this machine"
	elif [ "$now" = "$2" ]; then
		:
	elif write_value "$1" "$2"; then
		echo "$1: $now -> $2"
	else
		say "host-tune.sh: $1: cannot be set to $2"
		return 1
	fi
}

need_root()
{
	[ -n "$sysroot" ] || [ "$(id -u)" -eq 0 ] ||
		die "--$mode changes the machine: run it as root (sudo $0 --$mode)"
}

# With its folder, unless something else lies there.
drop_journal()
{
	rm -f "$journal"
	rmdir "${journal%/*}" 2>/dev/null || :
}

apply()
{
	mkdir -p "${journal%/*}"
	# Created here or refused: two at a time would journal each other's values as the old ones.
	(set -C && : >"$journal") 2>/dev/null ||
		die "$journal exists: this machine is tuned already; host-tune.sh --restore first"
	for_each_change make_change || exit 1
	if [ -s "$journal" ]; then
		say "host-tune.sh --restore puts the old values back"
	else
		drop_journal
		say "nothing to change"
	fi
	hint_irqbalance
}

# The other way round: SMT first, so that the siblings are back when their governors' turn comes.
restore()
{
	[ -e "$journal" ] || die "$journal: no such file: nothing to restore"
	failed=0
	reversed=$(sed -n '1!G;h;$p' "$journal")
	while IFS=$tab read -r file old end; do
		[ "$end" = . ] || continue
		put_back "$file" "$old" || failed=1
	done <<-END
		$reversed
	END
	[ "$failed" -eq 0 ] || die "not everything was put back; $journal is kept"
	drop_journal
}

case "$mode" in
plan)
	for_each_change print_change
	hint_irqbalance
	;;
apply)
	need_root
	apply
	;;
restore)
	need_root
	restore
	;;
esac
