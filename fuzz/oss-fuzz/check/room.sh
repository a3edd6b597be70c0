#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# room.sh OUT TMP COMMAND [ARGUMENT...]: runs COMMAND where a fuzz program runs in a fleet: OUT is /out
# and read-only, TMP is /tmp, and beside these there is nothing but a C library: no package of the
# machine that built it, no build folder, no source. As nobody, where we are root; else in a user
# namespace. Needs no image and no daemon. Variables of the environment come along.
set -euo pipefail

if [ "${HEAPBED_ROOM:-}" != inside ]; then
    export HEAPBED_ROOM=inside
    user=()
    if [ "$(id -u)" != 0 ]; then user=(--user --map-root-user); else chmod 777 "$2"; fi
    HEAPBED_ROOM_ROOT=$(mktemp -d)
    export HEAPBED_ROOM_ROOT HEAPBED_ROOM_UID=$EUID
    trap 'rmdir "$HEAPBED_ROOM_ROOT"' EXIT
    trap 'exit 130' INT TERM
    status=0
    unshare "${user[@]}" --mount --propagation private -- "$0" "$@" || status=$?
    exit "$status"
fi

out=$1
tmp=$2
shift 2
room=$HEAPBED_ROOM_ROOT
mount -t tmpfs none "$room"
mkdir "$room/out" "$room/tmp" "$room/proc" "$room/dev"
# The loader, libc and what libc depends on (libgcc_s), of both word sizes, at their places; and
# libstdc++, which Debian's libFuzzer is written with (that of OSS-Fuzz brings its own).
for library in /lib64/ld-linux-x86-64.so.2 /lib/ld-linux.so.2 \
    /lib*/*-linux-gnu/{libc,libm,libdl,libpthread,librt,libresolv,libgcc_s,libstdc++}.so.[0-9] \
    /lib32/{libc,libm,libdl,libpthread,librt,libresolv,libgcc_s,libstdc++}.so.[0-9]; do
    if [ -e "$library" ]; then cp -L --parents "$library" "$room"; fi
done
touch "$room/dev/null" "$room/dev/urandom"
mount --bind /dev/null "$room/dev/null"
mount --bind /dev/urandom "$room/dev/urandom"
mount --rbind /proc "$room/proc"
mount --bind "$tmp" "$room/tmp"
mount --bind "$out" "$room/out"
mount -o remount,bind,ro,nosuid,nodev "$room/out"
mount -o remount,ro "$room"
unset HEAPBED_ROOM HEAPBED_ROOM_ROOT OUT SRC WORK
export PATH=/out HOME=/tmp
as_nobody=()
if [ "$HEAPBED_ROOM_UID" = 0 ]; then as_nobody=(--userspec=65534:65534); fi
exec /usr/sbin/chroot "${as_nobody[@]}" "$room" "$@"
