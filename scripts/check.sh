#!/bin/sh
# SPDX-License-Identifier: MIT
#
# usage: check.sh [STAGE...]
#
# Everything that can be said about the sources without the tests of the release build: layout,
# linters, builds with warnings as errors, the tests under the sanitizers. Without arguments every
# stage in order; the first failure ends it. Each variant has its own build-<preset>/.
set -eu
root=$(CDPATH='' cd -- "$(dirname -- "$0")/.." && pwd)
# shellcheck source=scripts/common.sh
. "$root/scripts/common.sh"

stages='format shell include-rule dev clang cppcheck tidy asan tsan fuzz'
nr_jobs=$(nproc)

list_sources()
{
	find "$root/bench" "$root/guest" "$root/host" "$root/tests" \
		\( -name '*.[ch]' -o -name '*.cc' \) -print0
}

stage_format()
{
	list_sources | xargs -0 clang-format --style=file --dry-run -Werror
}

stage_shell()
{
	find "$root/scripts" "$root/tests" "$root/.ci" -type f \
		\( -name '*.sh' -o -path '*/.ci/*' \) -print0 |
		xargs -0 shellcheck --external-sources --source-path="$root"
}

stage_include_rule()
{
	python3 "$root/tests/unit/include_rule.py" --self-test &&
		python3 "$root/tests/unit/include_rule.py" "$root"
}

stage_dev()
{
	build_preset dev
}

# The other compiler, same warnings: it sees what gcc lets pass, and the payload must not depend on
# one compiler.
stage_clang()
{
	quietly env CC=clang CXX=clang++ cmake -S "$root" -B "$root/build-clang" -G Ninja \
		-DCMAKE_BUILD_TYPE=Debug -DFPB_WERROR=ON -DBUILD_TESTING=ON &&
		quietly cmake --build "$root/build-clang"
}

stage_cppcheck()
{
	# The database as of now: an older one lacks the files added since.
	stage_dev || return 1
	mkdir -p "$root/build-dev/cppcheck"
	# missingIncludeSystem: its own knowledge of libc is used instead of the headers.
	cppcheck --project="$root/build-dev/compile_commands.json" -j "$nr_jobs" --quiet \
		--cppcheck-build-dir="$root/build-dev/cppcheck" --std=c11 --inline-suppr \
		--enable=warning,performance,portability --suppress=missingIncludeSystem \
		--error-exitcode=1 --template=gcc
}

# The database of the clang build: no option in it that clang-tidy does not know.
stage_tidy()
{
	stage_clang || return 1
	run-clang-tidy -quiet -p "$root/build-clang" -j "$nr_jobs" '\.(c|cc)$'
}

# ctest_of PRESET CTEST-OPTION...
ctest_of()
{
	preset=$1
	shift
	# ThreadSanitizer of gcc 12 cannot place its shadow under the address randomisation of
	# newer kernels.
	if setarch --addr-no-randomize true 2>/dev/null; then
		set -- setarch --addr-no-randomize ctest "$@"
	else
		set -- ctest "$@"
	fi
	env ASAN_OPTIONS=detect_stack_use_after_return=1:strict_string_checks=1 \
		UBSAN_OPTIONS=halt_on_error=1:print_stacktrace=1 \
		TSAN_OPTIONS=halt_on_error=1:second_deadlock_stack=1 \
		"$@" --test-dir "$root/build-$preset" --parallel "$nr_jobs" --output-on-failure \
		--no-tests=error
}

stage_asan()
{
	build_preset asan && ctest_of asan --label-regex '^(unit|guest|kvm|e2e|fuzz)$'
}

stage_tsan()
{
	# One whole run besides the units: its watchdog is a thread.
	build_preset tsan && ctest_of tsan --label-regex '^(unit|kvm)$' &&
		ctest_of tsan --tests-regex '^e2e/report$'
}

# A minute of the report reader, and beside it ten seconds of each of the others.
stage_fuzz()
{
	build_preset fuzz && ctest_of fuzz --label-regex '^fuzz$'
}

is_stage()
{
	case " $stages " in
	*" $1 "*) return 0 ;;
	esac
	return 1
}

run_stage()
{
	start=$(date +%s)
	say "== $1"
	if ! "stage_$(printf '%s' "$1" | tr - _)" </dev/null; then
		die "stage '$1' failed; see above, and repeat it by: scripts/check.sh $1"
	fi
	say "== $1: fine, $(($(date +%s) - start)) s"
}

[ $# -gt 0 ] || {
	# shellcheck disable=SC2086
	set -- $stages
}
for stage; do
	is_stage "$stage" || {
		say "check.sh: unknown stage '$stage'; stages: $stages"
		exit 2
	}
done

"$root/scripts/setup.sh" --test
begin=$(date +%s)
for stage; do
	run_stage "$stage"
done
say "check.sh: all fine, $(($(date +%s) - begin)) s"
