#!/bin/sh
# SPDX-License-Identifier: MIT
#
# usage: run.sh [SUBCOMMAND [ARGUMENT...]]
#
# Sets the machine up, builds into build/, runs build/fpstate-bench with the arguments given, or
# `run --profile quick` without any. The exit code is the program's.
set -eu
root=$(CDPATH='' cd -- "$(dirname -- "$0")/.." && pwd)
# shellcheck source=scripts/common.sh
. "$root/scripts/common.sh"

case " $* " in
" lab "*[\ =]bochs\ *) "$root/scripts/setup.sh" --bochs || exit 4 ;;
" lab "*) "$root/scripts/setup.sh" --lab || exit 4 ;;
*) "$root/scripts/setup.sh" || exit 4 ;;
esac
build_preset release fpstate-bench || exit 4

[ $# -gt 0 ] || set -- run --profile quick

# Paths the user names are relative to where the user stands, the default ones to the repository.
names_output()
{
	for argument; do
		case "$argument" in
		-o* | --o* | --re*) return 0 ;;
		esac
	done
	return 1
}

case "$1" in
run | noise)
	names_output "$@" || cd "$root"
	;;
esac
exec "$root/build/fpstate-bench" "$@"
