# shellcheck shell=bash
# SPDX-License-Identifier: MIT
#
# A Docker engine of one's own, in one folder, with nothing of it outside: what docker/test.sh works
# with. The user's own engine, its images and its containers are not touched.

# engine_start FOLDER: sets engine_process and DOCKER_HOST.
engine_start() {
    local folder=$1 second
    mkdir -p "$folder"
    # In a session of its own: Ctrl-C is for the script, which ends it in order.
    setsid dockerd --storage-driver overlay2 --iptables=false --ip6tables=false --bridge=none \
        --data-root "$folder/data" --exec-root "$folder/exec" --pidfile "$folder/pid" \
        --host "unix://$folder/socket" >"$folder/log" 2>&1 </dev/null &
    engine_process=$!
    engine_folder=$folder
    export DOCKER_HOST=unix://$folder/socket
    unset DOCKER_CONTEXT
    for ((second = 0; second < 60; second++)); do
        if docker version >/dev/null 2>&1; then return 0; fi
        kill -0 "$engine_process" 2>/dev/null || break
        sleep 1
    done
    tail -n 20 "$folder/log" >&2
    return 1
}

# Ends it with all that runs in it; what it has stored stays.
engine_stop() {
    local second mount
    [ -n "${engine_process:-}" ] || return 0
    kill "$engine_process" 2>/dev/null || true
    for ((second = 0; second < 30; second++)); do
        kill -0 "$engine_process" 2>/dev/null || break
        sleep 1
    done
    kill -9 "$engine_process" 2>/dev/null || true
    wait "$engine_process" 2>/dev/null || true
    engine_process=
    # What an engine that was killed has left mounted.
    while read -r mount; do
        umount -l "$mount" 2>/dev/null || true
    done < <(awk -v folder="$engine_folder/" 'index($2, folder) == 1 { print $2 }' /proc/mounts | sort -r)
}

# engine_import IMAGE FILE: Debian as it comes from its mirrors, under the name in the Dockerfile. What
# Debian's own slim image leaves out is left out.
engine_import() {
    local image=$1 file=$2 attempt
    for attempt in 1 2 3; do
        [ ! -s "$file" ] || break
        [ "$attempt" = 1 ] || sleep "$attempt"
        SOURCE_DATE_EPOCH=1700000000 mmdebstrap --variant=minbase --mode=root \
            --dpkgopt='path-exclude=/usr/share/man/*' --dpkgopt='path-exclude=/usr/share/doc/*' \
            --dpkgopt='path-exclude=/usr/share/locale/*' --dpkgopt='path-exclude=/usr/share/info/*' \
            --aptopt='Acquire::Retries "3"' trixie "$file.partial.tar" &&
            mv "$file.partial.tar" "$file" && break
    done
    [ -s "$file" ] || return 1
    # Imported once more it would be another image, and nothing built on it would be taken again.
    docker image inspect "$image" >/dev/null 2>&1 || docker import "$file" "$image" >/dev/null
}
