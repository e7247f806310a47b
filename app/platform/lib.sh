# shellcheck shell=bash
# Shared by app/run and tests/run: finds or makes the Debian 13 platform.
#
#   platform_enter SCRIPT ARGS...   re-executes SCRIPT inside the platform and does not return,
#                                   or returns when it already runs there
#
# On Debian 13 missing packages are installed and work goes on natively. Elsewhere a Debian 13 root
# is made once with mmdebstrap, kept in the cache under a name that hashes the package list, and
# entered through a private mount namespace: an overlay whose upper layer is memory, so neither the
# cached root nor any file of the host is ever changed, and no mount is visible on the host.

platform_here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
platform_top=$(cd "$platform_here/../.." && pwd)
platform_cache=${ZOS_CACHE:-/var/cache/zos-platform}

platform_say() { printf 'platform: %s\n' "$*" >&2; }
platform_die() { platform_say "$*"; exit 1; }

platform_packages() { sed -e 's/#.*//' -e 's/[[:space:]]//g' -e '/^$/d' "$platform_here/packages"; }

platform_is_debian13() {
  local ID='' VERSION_ID=''
  # shellcheck disable=SC1091
  . /etc/os-release 2>/dev/null || true
  [[ $ID = debian && $VERSION_ID = 13 ]]
}

# Debian's mirror as this machine's own package configuration names it; empty when it names none
# (mmdebstrap then uses its default).
platform_mirror() {
  # shellcheck disable=SC2016
  apt-get indextargets --format '$(REPO_URI) $(ORIGIN) $(TARGET_OF) $(RELEASE)' 2>/dev/null |
    awk '$2 == "Debian" && $3 == "deb" && $4 !~ /security/ && $1 !~ /security/ { print $1; exit }'
}

platform_install_natively() {
  local missing
  missing=$(comm -23 <(platform_packages | sort) \
    <(dpkg-query -W -f '${db:Status-Status} ${binary:Package}\n' 2>/dev/null |
      sed -n 's/^installed //p' | sed 's/:.*//' | sort -u))
  [[ -n $missing ]] || return 0
  [[ $EUID = 0 ]] || platform_die "these packages are missing and only root can install them:" $missing
  platform_say "installing $(wc -w <<<"$missing") missing packages"
  apt-get update -q >&2
  # shellcheck disable=SC2086
  DEBIAN_FRONTEND=noninteractive apt-get install -q -y --no-install-recommends $missing >&2
}

# Prints the path of the ready root, making it first when this package list was never seen.
platform_root() {
  local hash root mirror opts=() begin=$SECONDS
  hash=$(platform_packages | sort | sha256sum | cut -c1-16)
  root=$platform_cache/debian13-$hash
  if [[ ! -e $root/.ready ]]; then
    [[ $EUID = 0 ]] || platform_die "only root can make the Debian 13 root"
    if ! command -v mmdebstrap >/dev/null; then
      platform_say "installing mmdebstrap"
      { apt-get update -q && DEBIAN_FRONTEND=noninteractive apt-get install -q -y --no-install-recommends mmdebstrap debian-archive-keyring; } >&2 ||
        platform_die "mmdebstrap cannot be installed from this machine's package sources"
    fi
    mkdir -p "$platform_cache"
    exec 9>"$platform_cache/lock"
    flock 9
    if [[ ! -e $root/.ready ]]; then
      platform_say "making a Debian 13 root in $root (once)"
      mirror=$(platform_mirror)
      while read -r line; do opts+=(--aptopt="$line"); done \
        < <(apt-config dump 2>/dev/null | grep -E '^Acquire::(http|https)::[Pp]roxy ' || :)
      rm -rf "$root.new"
      # shellcheck disable=SC2086
      mmdebstrap --quiet --variant=apt --aptopt='APT::Install-Recommends "false"' "${opts[@]}" \
        --include="$(platform_packages | paste -sd,)" trixie "$root.new" ${mirror:+"$mirror"} >&2 ||
        { rm -rf "$root.new"; platform_die "mmdebstrap failed"; }
      : >"$root.new/.ready"
      mv "$root.new" "$root"
      platform_say "root ready after $((SECONDS - begin)) s"
    fi
    exec 9>&-
  fi
  echo "$root"
}

# Runs in a fresh private mount namespace: builds the overlay and pivots into it.
platform_pivot() { # ROOT CMD ARGS...
  local root=$1 new=/mnt/root dir; shift
  mount -t tmpfs -o mode=755 zos-platform /mnt
  mkdir -p /mnt/upper /mnt/work "$new"
  mount -t overlay -o "lowerdir=$root,upperdir=/mnt/upper,workdir=/mnt/work" zos-root "$new"
  mount --rbind /dev "$new/dev"
  mount --rbind /sys "$new/sys"
  mount -t proc proc "$new/proc"
  mount -t tmpfs -o mode=755 run "$new/run"
  mount -t tmpfs -o mode=1777 tmp "$new/tmp"
  for dir in "$platform_top" "$platform_cache/ccache" ${ZOS_VECTORS:+"$ZOS_VECTORS"} ${ZOS_BIND:-}; do
    [[ -d $dir ]] || continue
    mkdir -p "$new$dir"
    mount --bind "$dir" "$new$dir"
  done
  cp -L /etc/resolv.conf "$new/etc/resolv.conf" 2>/dev/null || :
  cp -L /etc/hosts "$new/etc/hosts" 2>/dev/null || :
  # npm in here reaches its registry the way this machine's own npm does, and trusts whom it trusts.
  cp -L /etc/ssl/certs/ca-certificates.crt "$new/etc/ssl/certs/ca-certificates.crt" 2>/dev/null || :
  {
    echo cafile=/etc/ssl/certs/ca-certificates.crt
    cat /etc/npmrc /usr/etc/npmrc "${HOME:-/root}/.npmrc" 2>/dev/null | grep -E '^(registry|proxy|https-proxy|noproxy)[[:space:]]*='
  } >"$new/etc/npmrc" || :
  mkdir -p "$new/.host"
  cd "$new"
  pivot_root . .host
  umount -l /.host
  rmdir /.host 2>/dev/null || :
  cd "${ZOS_CWD:-/}" 2>/dev/null || cd /
  exec "$@"
}

platform_enter() {
  [[ ${ZOS_PLATFORM:-} = inside ]] && return 0
  export CCACHE_DIR=${CCACHE_DIR:-$platform_cache/ccache}
  export CCACHE_BASEDIR=$platform_top CCACHE_NOHASHDIR=1
  if platform_is_debian13; then
    platform_install_natively
    mkdir -p "$CCACHE_DIR" 2>/dev/null || export CCACHE_DIR="$platform_top/build/ccache"
    export ZOS_PLATFORM=inside
    return 0
  fi
  [[ $EUID = 0 ]] || platform_die "this is not Debian 13: making and entering a root needs root"
  local root
  root=$(platform_root)
  mkdir -p "$CCACHE_DIR"
  export ZOS_PLATFORM=inside ZOS_CWD=$PWD
  export PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin LC_ALL=C.UTF-8
  exec unshare --mount --propagation private -- \
    bash -euo pipefail -c '. "$1/lib.sh"; shift; platform_pivot "$@"' _ "$platform_here" "$root" "$@"
}
