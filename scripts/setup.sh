#!/bin/sh
# SPDX-License-Identifier: MIT
#
# usage: setup.sh [--lab | --bochs | --test]
#
# Installs by apt whichever packages are missing on a Debian 12 machine, and asks for nothing.
# Without an option: what building and running needs; --lab: the lab's emulator besides; --bochs:
# its second one; --test: what test.sh and check.sh need, both emulators included, where the second
# may fail. With everything there it touches neither the network nor the machine.
set -eu
root=$(CDPATH='' cd -- "$(dirname -- "$0")/.." && pwd)
# shellcheck source=scripts/common.sh
. "$root/scripts/common.sh"

# The configuration of every build includes the unit tests, hence cmocka here.
packages='cmake g++ gcc git gnuplot-nox libarchive-dev libbenchmark-dev libcmocka-dev libhwloc-dev
	libjansson-dev libmd-dev libpfm4-dev ninja-build pkgconf zlib1g-dev'

lab_packages=qemu-system-x86

# Of these Bochs's CD is made. Bochs itself is too old before Debian 13: see set_up_bochs().
bochs_packages='grub-common grub-pc-bin xorriso'

# chromium: looks at HTML pages. libclang-rt-14-dev: the sanitizers of clang, for the fuzzers.
# libbenchmark-tools: compare.py.
test_packages='binutils chromium clang clang-format clang-tidy cppcheck libbenchmark-tools
	libclang-rt-14-dev libxml2-utils python3 python3-jsonschema shellcheck util-linux'

# The release of Debian, empty elsewhere.
debian=$([ ! -r /etc/os-release ] || (. /etc/os-release && [ "$ID" = debian ] &&
	printf '%s' "${VERSION_ID-}") || :)
if [ "${debian:-0}" -ge 13 ]; then
	bochs_packages="$bochs_packages bochs bochs-term"
fi

wants_bochs=
case "$#:${1-}" in
0:) ;;
1:--lab) packages="$packages $lab_packages" ;;
1:--bochs)
	packages="$packages $bochs_packages"
	wants_bochs=yes
	;;
1:--test)
	packages="$packages $lab_packages $bochs_packages $test_packages"
	wants_bochs='if possible'
	;;
*)
	say "usage: setup.sh [--lab | --bochs | --test]"
	exit 2
	;;
esac

list_missing()
{
	# shellcheck disable=SC2086 # a list of words, here and below
	installed=$(dpkg-query --show --showformat='${Package} ${db:Status-Status}\n' $packages \
		2>/dev/null || :)
	for package in $packages; do
		case "
$installed
" in
		*"
$package installed
"*) ;;
		*) printf '%s ' "$package" ;;
		esac
	done
}

if ! command -v dpkg-query >/dev/null; then
	say "setup.sh: no Debian system, nothing is installed; the build will name what it lacks"
	exit 0
fi

apt()
{
	# shellcheck disable=SC2086 # empty or two words
	quietly $as_root env DEBIAN_FRONTEND=noninteractive NEEDRESTART_MODE=l \
		apt-get -o DPkg::Lock::Timeout=300 "$@"
}

install_missing()
{
	missing=$(list_missing)
	missing=${missing% }
	[ -n "$missing" ] || return 0

	remedy="as root: apt-get update && apt-get install --no-install-recommends $missing"
	if [ "$(id -u)" -eq 0 ]; then
		as_root=
	elif command -v sudo >/dev/null && sudo -n true 2>/dev/null; then
		as_root='sudo -n'
	else
		die "these packages are missing and neither root nor password-less sudo is at hand;
  $remedy"
	fi

	say "setup.sh: installing $missing"
	# An index that cannot be refreshed may still do; the installation tells.
	apt update || say "setup.sh: going on with the package index that is there"
	# shellcheck disable=SC2086
	apt install --yes --no-install-recommends $missing ||
		die "packages could not be installed; when the network and the mirror are reachable,
  $remedy"
}

# On Debian 13 it is among the packages.
set_up_bochs()
{
	[ -n "$wants_bochs" ] && [ "${debian:-0}" -lt 13 ] || return 0
	"$root/scripts/prepare-bochs.sh" && return 0
	[ "$wants_bochs" != yes ] || return 1
	say "setup.sh: going on without Bochs; tests that need it are skipped"
}

install_missing
set_up_bochs
