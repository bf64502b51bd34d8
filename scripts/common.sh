# SPDX-License-Identifier: MIT
# shellcheck shell=sh
#
# Sourced by the other scripts: where the repository is, whose tools are used, how a step runs.

# `root` is set by the script that sources this file.
: "${root:?}"

# Debian's own tools and libraries, whatever a pyenv, conda or /opt put before them.
PATH=/usr/sbin:/usr/bin:/sbin:/bin
export PATH
unset CMAKE_PREFIX_PATH PKG_CONFIG_PATH PKG_CONFIG_LIBDIR CPATH C_INCLUDE_PATH LIBRARY_PATH \
	LD_LIBRARY_PATH PYTHONPATH PYTHONHOME CLICOLOR_FORCE GREP_OPTIONS

say()
{
	printf '%s\n' "$*" >&2
}

die()
{
	say "${0##*/}: $*"
	exit 1
}

# quietly COMMAND...: its output is shown, on standard error, only when it fails.
quietly()
{
	if output=$("$@" 2>&1 </dev/null); then
		return 0
	fi
	say "$output"
	say "${0##*/}: failed: $*"
	return 1
}

# build_preset PRESET [TARGET...]: set up the build directory of a preset and build in it.
build_preset()
{
	preset=$1
	shift
	(cd "$root" && quietly cmake --preset "$preset" &&
		quietly cmake --build --preset "$preset" ${1:+--target "$@"})
}
