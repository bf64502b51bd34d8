#!/bin/sh
# SPDX-License-Identifier: MIT
#
# usage: fetch-kernels.sh [--dir DIR] NAME...
#        fetch-kernels.sh --list
#
# Downloads kernel packages through this machine's own apt sources, and installs nothing. NAME is
# cloud, generic or rt: what that metapackage of the distribution stands for; cloud-backports,
# generic-backports or rt-backports: the newest of that flavour in any source; or a package.
# Prints one KERNEL operand of `fpstate-bench lab` per NAME: the path of its .deb, or several joined
# by commas. What is in DIR (default: kernels in the user's cache of fpstate-bench) is not fetched
# again. --list shows the kernels that are served, with their versions.
set -eu
root=$(CDPATH='' cd -- "$(dirname -- "$0")/.." && pwd)
# shellcheck source=scripts/common.sh
. "$root/scripts/common.sh"

usage()
{
	say "usage: fetch-kernels.sh [--dir DIR] NAME..."
	say "       fetch-kernels.sh --list"
	exit 2
}

# list_images [FLAVOUR]: the packages with kernels in them, newest last; generic has no flavour in
# its name.
list_images()
{
	case "${1-any}" in
	any) flavour='(-[a-z]+)?' ;;
	generic) flavour= ;;
	*) flavour=-$1 ;;
	esac
	apt-cache pkgnames linux-image- |
		grep -E "^linux-image-[0-9]+(\.[0-9]+)+[^-]*(-[0-9][^-]*)?$flavour-amd64$" |
		# 6.12 and the like, without a third number: metapackages.
		grep -E '^linux-image-[0-9]+\.[0-9]+\.[0-9]' | sort -V || :
}

# show_field PACKAGE FIELD: of the version that apt would take. Asked of apt once a package.
show_field()
{
	[ -f "$work/$1.control" ] ||
		apt-cache show --no-all-versions "$1" >"$work/$1.control" 2>/dev/null || :
	sed -n "/^$/q; s/^$2: //p" "$work/$1.control"
}

# list_dependencies PACKAGE PREFIX...: those with such a name; of alternatives the first.
list_dependencies()
{
	package=$1
	shift
	show_field "$package" Depends | tr ',' '\n' | sed 's/^ *//; s/[ (|:].*//' |
		while read -r dependency; do
			for prefix; do
				case "$dependency" in
				"$prefix"[0-9]*) printf '%s\n' "$dependency" ;;
				esac
			done
		done
}

# resolve PACKAGE: the packages that hold its kernel and modules. A linux-image package that stands
# for others, as metapackages do, is not one of them.
resolve()
{
	stands_for=$(list_dependencies "$1" linux-image- linux-binary-)
	case "$1" in
	linux-image-*) ;;
	*) stands_for= ;;
	esac
	if [ -z "$stands_for" ]; then
		printf '%s\n' "$1"
		list_dependencies "$1" linux-modules- linux-base-
		return
	fi
	for dependency in $stands_for; do
		(resolve "$dependency")
	done
	list_dependencies "$1" linux-modules- linux-base-
}

# fetch PACKAGE: prints the path of its .deb.
fetch()
{
	version=$(show_field "$1" Version)
	[ -n "$version" ] || die "$1: no source serves it; see --list, or as root: apt-get update"
	file=$1_$(printf '%s' "$version" | sed 's/:/%3a/')_$(show_field "$1" Architecture).deb
	if [ ! -f "$dir/$file" ]; then
		say "fetch-kernels.sh: downloading $1 $version"
		(cd "$work" && quietly apt-get -q download "$1=$version") ||
			die "$1: could not be downloaded; is the network there? As root: apt-get update"
		mv -- "$work/$file" "$dir/$file"
	fi
	printf '%s\n' "$dir/$file"
}

dir=
list=
while [ $# -gt 0 ]; do
	case "$1" in
	--dir)
		[ $# -gt 1 ] || usage
		dir=$2
		shift
		;;
	--dir=*) dir=${1#*=} ;;
	--list) list=yes ;;
	--)
		shift
		break
		;;
	-*) usage ;;
	*) break ;;
	esac
	shift
done
if [ -n "$list" ]; then
	[ $# -eq 0 ] || usage
else
	[ $# -gt 0 ] || usage
fi

if ! command -v apt-get >/dev/null || ! command -v apt-cache >/dev/null; then
	die "no apt on this machine: give fpstate-bench lab a linux-image .deb from elsewhere"
fi
[ -n "$(list_images)" ] || die "apt's index knows of no kernel for amd64; as root: apt-get update"

if [ -n "$list" ]; then
	# shellcheck disable=SC2046 # a list of words
	apt-cache show --no-all-versions $(list_images) |
		awk '$1 == "Package:" { name = $2 } $1 == "Version:" { print name, $2 }'
	exit 0
fi

if [ -z "$dir" ]; then
	cache=${XDG_CACHE_HOME:-${HOME:+$HOME/.cache}}
	[ -n "$cache" ] || die "neither XDG_CACHE_HOME nor HOME is set: name a folder by --dir"
	dir=$cache/fpstate-bench/kernels
fi
mkdir -p -- "$dir"
dir=$(CDPATH='' cd -- "$dir" && pwd)
# Aside, so that an interrupted download is not taken for a package.
work=$(mktemp -d "$dir/.fetch.XXXXXX")
trap 'rm -rf -- "$work"' EXIT
trap 'exit 130' HUP INT TERM

for name; do
	case "$name" in
	generic) package=linux-image-amd64 ;;
	cloud | rt) package=linux-image-$name-amd64 ;;
	generic-backports | cloud-backports | rt-backports)
		package=$(list_images "${name%-backports}" | tail -n 1)
		[ -n "$package" ] || die "$name: no source serves one; see --list"
		;;
	*) package=$name ;;
	esac
	[ -n "$(show_field "$package" Version)" ] ||
		die "$package: no source serves it; see --list, or as root: apt-get update"
	operand=
	for part in $(resolve "$package" | awk '!seen[$0]++'); do
		path=$(fetch "$part")
		operand=${operand:+$operand,}$path
	done
	printf '%s\n' "$operand"
done
