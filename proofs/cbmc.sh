#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# cbmc.sh PROGRAM [ARGUMENT...]: runs one of CBMC's programs, the machine's if it is of version 6 or
# later, else that of the Debian 13 which prove.sh has fetched. Exits 127 where there is neither.
set -euo pipefail

version=$({ cbmc --version 2>/dev/null || true; } | sed -n 's/^\([0-9]*\)\..*/\1/p')
if [ "${version:-0}" -ge 6 ]; then exec "$@"; fi
debian=${XDG_CACHE_HOME:-$HOME/.cache}/heapbed/trixie-cbmc
libraries=$debian/usr/lib
[ -x "$debian/usr/bin/$1" ] || exit 127
# By the loader of its own Debian, so that nothing is mounted and nobody has to be root.
exec "$(echo "$libraries"/*-linux-gnu/ld-linux*.so.*)" \
    --library-path "$(echo "$libraries"/*-linux-gnu):$libraries" \
    --argv0 "$1" "$debian/usr/bin/$1" "${@:2}"
