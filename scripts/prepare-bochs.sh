#!/bin/sh
# SPDX-License-Identifier: MIT
#
# usage: prepare-bochs.sh
#
# Bochs 3 for a Debian that has an older one: Debian 13's packages, downloaded by this machine's own
# apt from the mirror it uses anyway, unpacked into the user's cache of fpstate-bench, and a wrapper
# that runs them with their own libraries. Needs no root and installs nothing. Where it is done
# already, nothing happens. To undo it, remove the folder it names.
set -eu
root=$(CDPATH='' cd -- "$(dirname -- "$0")/.." && pwd)
# shellcheck source=scripts/common.sh
. "$root/scripts/common.sh"

release=trixie
cost='about 150 MB there with all its libraries, 55 MB to download, half a minute'
otherwise='or install Bochs 3 by other means and name it with --emulator PATH'

# is_working WRAPPER: does it start, with all the libraries it needs?
is_working()
{
	[ -x "$1" ] || return 1
	case "$("$1" --help 2>&1 </dev/null)" in
	*'Bochs x86 Emulator '[3-9]*) return 0 ;;
	esac
	return 1
}

# What apt itself takes from its sources, of either format: the archive proper, neither security nor
# backports, whose labels differ.
find_mirror()
{
	# shellcheck disable=SC2016 # apt's variable
	apt-get indextargets --format '$(REPO_URI)' 'Identifier: Packages' 'Origin: Debian' \
		'Label: Debian' 'Component: main' 2>/dev/null | head -n 1
}

# apt_aside ARGUMENT...: apt-get that knows of an empty machine and of one source. Of what it says,
# why it failed.
apt_aside()
{
	apt-get -q \
		-o APT::Architecture=amd64 -o APT::Architectures::=amd64 \
		-o APT::Default-Release= -o APT::Install-Recommends=0 -o APT::Sandbox::User= \
		-o Debug::NoLocking=1 -o Dir::State="$aside/apt" \
		-o Dir::State::status="$aside/apt/status" -o Dir::Cache="$aside/apt" \
		-o Dir::Etc::sourcelist="$aside/apt/sources.list" \
		-o Dir::Etc::sourceparts=/dev/null -o Dir::Etc::preferences=/dev/null \
		-o Dir::Etc::preferencesparts=/dev/null -o APT::Update::Error-Mode=any \
		"$@" </dev/null >"$aside/apt.log" 2>&1 && return 0
	grep '^[EW]: ' "$aside/apt.log" | head -n 3 >&2
	return 1
}

# The paths are found when it runs, so that the folder may be moved.
write_wrapper()
{
	cat >"$1" <<'EOF'
#!/bin/sh
# Made by scripts/prepare-bochs.sh.
root=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)/root
libraries=$root/usr/lib/x86_64-linux-gnu
export LTDL_LIBRARY_PATH="$libraries/bochs/plugins" BXSHARE="$root/usr/share/bochs"
exec "$root/lib64/ld-linux-x86-64.so.2" --library-path "$libraries" "$root/usr/bin/bochs-bin" "$@"
EOF
	chmod 755 "$1"
}

cache=${XDG_CACHE_HOME:-${HOME:+$HOME/.cache}}
[ -n "$cache" ] || die "neither XDG_CACHE_HOME nor HOME is set: there is no place to put Bochs"
cache=$cache/fpstate-bench
dir=$cache/bochs
! is_working "$dir/bochs" || exit 0

for tool in apt-get dpkg-deb flock; do
	command -v "$tool" >/dev/null || die "no $tool on this machine: Bochs comes by Debian's
  packages; take a Debian machine $otherwise"
done
mirror=$(find_mirror)
[ -n "$mirror" ] || die "apt's index names no mirror of Debian proper (main, not security);
  as root: apt-get update; $otherwise"

mkdir -p -- "$cache"
# One at a time: what another has left aside is then what a kill has left.
exec 9>"$cache/.bochs.lock"
flock 9
! is_working "$dir/bochs" || exit 0
rm -rf -- "$cache"/.bochs.aside.*
aside=$(mktemp -d "$cache/.bochs.aside.XXXXXX")
trap 'rm -rf -- "$aside"' EXIT
trap 'exit 130' HUP INT TERM

start=$(date +%s)
say "prepare-bochs.sh: Bochs from $mirror into $dir: $cost"
mkdir -p -- "$aside/apt/archives/partial" "$aside/apt/lists/partial" "$aside/new/root"
: >"$aside/apt/status"
printf 'deb [signed-by=%s] %s %s main\n' /usr/share/keyrings/debian-archive-keyring.gpg \
	"$mirror" "$release" >"$aside/apt/sources.list"
unreachable="is the network there, and does $mirror serve $release? Repeat it then, $otherwise"
apt_aside update || die "no index of $release; $unreachable"
apt_aside --yes --download-only install bochs bochs-term ||
	die "the packages could not be downloaded; $unreachable"
downloaded=$(du -sm -- "$aside/apt/archives" | cut -f 1)
for package in "$aside"/apt/archives/*.deb; do
	quietly dpkg-deb --extract "$package" "$aside/new/root" ||
		die "$package does not unpack; is there room in $cache?"
	rm -f -- "$package"
done
rm -rf -- "$aside/new/root/usr/share/doc" "$aside/new/root/usr/share/locale" \
	"$aside/new/root/usr/share/man"
write_wrapper "$aside/new/bochs"
is_working "$aside/new/bochs" || die "what $mirror serves as Bochs of $release does not start:
  $("$aside/new/bochs" --help 2>&1 </dev/null | head -n 1)
  $otherwise"
rm -rf -- "$dir"
mv -- "$aside/new" "$dir"
say "prepare-bochs.sh: done, $(du -sm -- "$dir" | cut -f 1) MB there, $downloaded MB downloaded," \
	"$(($(date +%s) - start)) s"
