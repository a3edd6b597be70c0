# shellcheck shell=bash
# SPDX-License-Identifier: MIT
#
# What is looked at in one $OUT, a function for each question. Each prints its figures or says what is
# wrong (refuse) and fails. The environment is the contract's.
: "${check:?the folder of these scripts}" "${honggfuzz=}"
src='' # the tree that was built, in its scratch folder
room='' # a folder for what runs, of one configuration
OUT_MOVED='' # where $OUT has gone; it is not where it was built
oracle='' # what check_planted found with
export oracle

refuse() {
    printf '  refused: %s\n' "$*" >&2
    return 1
}

# The programs as the runners of OSS-Fuzz find them (base-runner/test_all.py).
programs_of() { # OUT
    local file
    for file in "$1"/*; do
        case $(basename "$file") in
        afl-* | llvm-symbolizer) continue ;;
        esac
        if [ -f "$file" ] && [ -x "$file" ] && grep -q LLVMFuzzerTestOneInput "$file"; then
            basename "$file"
        fi
    done
}

# Their names, files, word size, and what they load.
check_files() { # OUT PROGRAM
    local program=$1/$2 class=ELF64 other
    if [ "$ARCHITECTURE" = i386 ]; then class=ELF32; fi
    [[ $2 =~ ^[A-Za-z0-9_-]+$ ]] || refuse "$2: a name may have letters, digits, _ and -" || return 1
    for other in "$program.dict" "$program.options" "${program}_seed_corpus.zip"; do
        [ -s "$other" ] || refuse "$(basename "$other") is missing or empty" || return 1
    done
    readelf -h "$program" | grep -q "Class: *$class" || refuse "$2 is not $class" || return 1
    other=$(readelf -d "$program" | sed -n 's/.*(NEEDED).*\[\(.*\)\]/\1/p' |
        grep -vE '^(ld-linux.*|lib(c|m|dl|pthread|rt|resolv|gcc_s|stdc\+\+))\.so\.[0-9]$' || true)
    [ -z "$other" ] || refuse "$2 needs $other, which is nowhere but here" || return 1
    ! readelf -d "$program" | grep -qE 'R(UN)?PATH' || refuse "$2 has a path to libraries built in"
}

# options_of FILE: its section [libfuzzer] as flags, as base-runner/parse_options.py prints it.
options_of() {
    awk -F' *= *' '/^\[/ { ours = $0 == "[libfuzzer]"; next } ours && NF == 2 { print "-" $1 "=" $2 }' "$1"
}

# The public functions of each variant of the core have to call the sanitizer and to count edges. The
# official check looks at the whole program, where the harness and the runtime have plenty.
check_core() { # OUT PROGRAM
    local call=none edge=none variants
    case $SANITIZER in
    address) call='__asan_(report|load|store)' ;;
    memory) call='__msan_' ;;
    undefined) call='__ubsan_handle' ;;
    esac
    case $FUZZING_ENGINE-$SANITIZER in
    *-coverage) return 0 ;; # see check_coverage
    libfuzzer-*) edge='__sancov_gen_|___sancov_cntrs|__sanitizer_cov' ;;
    afl-*) edge='__afl_area_ptr' ;;
    honggfuzz-*) edge='__sanitizer_cov_trace_pc_guard' ;;
    esac
    variants=$(objdump -d --no-show-raw-insn "$1/$2" | awk -v call="call.*<$call" -v edge="$edge" '
        /^[0-9a-f]+ <.*>:$/ {
            name = ""
            if ($2 ~ /<bf_in_.*_(malloc|calloc|realloc|usable_size)>/) {
                name = $2
                gsub(/^<bf_in_|_[a-z]*alloc>:$|_usable_size>:$/, "", name)
            }
        }
        name != "" { seen[name]; if ($0 ~ call) calls[name]++; if ($0 ~ edge) edges[name]++ }
        END { for (name in seen) print name, calls[name] + 0, edges[name] + 0 }')
    [ "$(wc -l <<<"$variants")" -ge 8 ] || refuse "$2: not all eight variants of the core are in it" || return 1
    if [ "$call" != none ] && awk '$2 == 0' <<<"$variants" | grep -q .; then
        refuse "no call of the sanitizer in the core $(awk '$2 == 0 { print $1; exit }' <<<"$variants")"
        return
    fi
    # On i386 a counter is an offset from a register, which has no name.
    if [ "$ARCHITECTURE" != i386 ] && awk '$3 == 0' <<<"$variants" | grep -q .; then
        refuse "no edge is counted in the core $(awk '$3 == 0 { print $1; exit }' <<<"$variants")"
    fi
}

# in_room COMMAND...: where it will run, with the sanitizers' options of the official runner.
in_room() {
    local asan=alloc_dealloc_mismatch=0:allocator_may_return_null=1:detect_leaks=1:handle_abort=1
    asan+=:detect_stack_use_after_return=1:strict_memcmp=1:use_sigaltstack=1:quarantine_size_mb=10
    local ubsan=print_stacktrace=1:silence_unsigned_overflow=1
    if [ "$FUZZING_ENGINE" = afl ]; then asan+=:abort_on_error=1:symbolize=0:detect_odr_violation=0; fi
    ASAN_OPTIONS=$asan UBSAN_OPTIONS=$ubsan "$check/room.sh" "$OUT_MOVED" "$room/tmp" "$@" \
        >"$room/said" 2>&1 </dev/null
}

said() { tail -n 12 "$room/said" | sed 's/^/    /' >&2; }

# What the engine itself loads (Debian's afl-fuzz wants Python) is no business of the program it runs.
engine_libraries() { # ENGINE
    mkdir -p "$room/tmp/engine"
    ldd "$1" | awk '$2 == "=>" { print $3 }' | xargs -r cp -L -t "$room/tmp/engine"
}

afl_fuzz_in_room() { # ARGUMENTS...
    engine_libraries "$(command -v afl-fuzz)"
    AFL_NO_UI=1 AFL_SKIP_CPUFREQ=1 AFL_NO_AFFINITY=1 AFL_I_DONT_CARE_ABOUT_MISSING_CRASHES=1 \
        LD_LIBRARY_PATH=/tmp/engine in_room /out/afl-fuzz -m none -t 5000+ "$@"
}

honggfuzz_in_room() { # PROGRAM ARGUMENTS...
    local program=$1
    shift
    engine_libraries "$honggfuzz/honggfuzz"
    LD_LIBRARY_PATH=/tmp/engine in_room /out/honggfuzz -n 1 --exit_upon_crash -v -z -P \
        --dict "/out/$program.dict" "$@" -- "/out/$program"
}

unpack_seeds() { # OUT PROGRAM: prints how many
    rm -rf "$room/tmp/seeds"
    mkdir -p "$room/tmp/seeds"
    (cd "$room/tmp/seeds" && cmake -E tar xf "$1/$2_seed_corpus.zip")
    chmod -R a+rX "$room/tmp/seeds"
    find "$room/tmp/seeds" -type f | wc -l
}

# The seeds pass, dictionary and options are taken, counters are there; then a short real run.
check_libfuzzer() { # OUT PROGRAM SEED-COUNT
    local options counters entries
    mapfile -t options < <(options_of "$1/$2.options")
    [ ${#options[@]} -gt 0 ] || refuse "$2.options says nothing to libFuzzer" || return 1
    in_room "/out/$2" -rss_limit_mb=2560 -timeout=25 -runs=0 /tmp/seeds "${options[@]}" \
        "-dict=/out/$2.dict" || { said; refuse "$2 fails on its seeds"; return; }
    ! grep -q 'unrecognized flag' "$room/said" || refuse "$2.options has a flag that libFuzzer lacks" || return 1
    entries=$(sed -n 's/^Dictionary: \([0-9]*\) entries/\1/p' "$room/said")
    [ "${entries:-0}" = "$(grep -c '^[^#]' "$1/$2.dict")" ] ||
        refuse "$2.dict: libFuzzer takes ${entries:-0} entries of it" || return 1
    grep -qE "seed corpus: files: $3 " "$room/said" || { said; refuse "$2 did not run its $3 seeds"; return; }
    if [ "$SANITIZER" = coverage ]; then return 0; fi # neither counters nor anything to search with
    counters=$(sed -nE 's/.*\(([0-9]+) inline 8-bit counters\).*/\1/p' "$room/said" | head -n 1)
    [ "${counters:-0}" -ge 300 ] || { said; refuse "$2 has ${counters:-0} counters, not hundreds"; return; }
    counters_min=$((counters_min == 0 || counters < counters_min ? counters : counters_min))
    mkdir -p "$room/tmp/found"
    chmod 777 "$room/tmp/found"
    in_room "/out/$2" -seed=1 -runs=1000 "${options[@]}" "-dict=/out/$2.dict" -artifact_prefix=/tmp/ /tmp/found ||
        { said; refuse "$2 does not survive 1000 runs"; return; }
    rm -rf "$room/tmp/found"
}

# As clang counts it, the seeds have to reach the core.
check_coverage() { # OUT PROGRAM
    local covered
    LLVM_PROFILE_FILE=/tmp/of.profraw in_room "/out/$2" -runs=0 /tmp/seeds ||
        { said; refuse "$2 fails on its seeds"; return; }
    llvm-profdata-19 merge -sparse "$room/tmp/of.profraw" -o "$room/tmp/of.profdata" &&
        covered=$(llvm-cov-19 report "$1/$2" "-instr-profile=$room/tmp/of.profdata" \
            "$src/heapbed/core" | awk '$1 == "TOTAL" { print $8 - $9 }') || return 1
    [ "${covered:-0}" -ge 100 ] || refuse "$2: the seeds cover ${covered:-0} lines of core/"
}

# The seeds pass and light up hundreds of edges; afl-fuzz, in the room too, gets ready and goes.
check_afl() { # OUT PROGRAM SEED-COUNT
    local tuples
    in_room /out/afl-showmap -m none -t 25000 -C -i /tmp/seeds -o /tmp/map -- "/out/$2" ||
        { said; refuse "$2 fails on its seeds"; return; }
    tuples=$(wc -l <"$room/tmp/map")
    [ "$tuples" -ge 300 ] || refuse "$2: its seeds cover $tuples edges, not hundreds" || return 1
    counters_min=$((counters_min == 0 || tuples < counters_min ? tuples : counters_min))
    case $2 in
    lockstep | differential | corrupt | complexity) ;;
    *) return 0 ;; # the same harness
    esac
    mkdir -p "$room/tmp/one"
    cp "$(find "$room/tmp/seeds" -type f | sort | head -n 1)" "$room/tmp/one/seed"
    afl_fuzz_in_room -x "/out/$2.dict" -i /tmp/one -o "/tmp/afl-$2" -V 2 -- "/out/$2" ||
        { said; refuse "afl-fuzz does not run $2"; return; }
    grep -q 'All set and ready to roll' "$room/said" || { said; refuse "afl-fuzz does not get ready with $2"; }
}

# It runs all seeds before it searches; a process that ends by itself is a fault of the harness.
check_honggfuzz() { # OUT PROGRAM SEED-COUNT
    local edges work=/tmp/honggfuzz-$2
    mkdir -p "$room$work"
    chmod 777 "$room$work"
    honggfuzz_in_room "$2" -N 1000 -f /tmp/seeds -o "$work" -W "$work" ||
        { said; refuse "honggfuzz does not run $2"; return; }
    grep -q ' crashes_count:0 timeout_count:0 ' "$room/said" || { said; refuse "$2 fails on its seeds"; return; }
    grep -q 'Entering phase 2/3' "$room/said" || { said; refuse "$2 did not run its $3 seeds"; return; }
    ! grep -q 'exited with status' "$room/said" || { said; refuse "$2 ends while it is searched"; return; }
    edges=$(sed -nE 's,.* Cur:([0-9]+/){3}([0-9]+)/.*,\2,p' "$room/said" | tail -n 1)
    [ "${edges:-0}" -ge 300 ] || refuse "$2: its seeds cover ${edges:-0} edges, not hundreds" || return 1
    counters_min=$((counters_min == 0 || edges < counters_min ? edges : counters_min))
}

check_program() { # OUT PROGRAM IS-FIRST
    check_files "$1" "$2" || return 1
    seed_count=$(unpack_seeds "$1" "$2")
    [ "$seed_count" -ge 10 ] || refuse "${2}_seed_corpus.zip has $seed_count seeds" || return 1
    if [ "$3" = 1 ]; then check_core "$1" "$2" || return 1; fi # the core is the same in all
    case $FUZZING_ENGINE-$SANITIZER in
    libfuzzer-coverage) check_coverage "$1" "$2" ;;
    libfuzzer-*) check_libfuzzer "$1" "$2" "$seed_count" ;;
    afl-*) check_afl "$1" "$2" "$seed_count" ;;
    honggfuzz-*) check_honggfuzz "$1" "$2" "$seed_count" ;;
    esac
}

# find_planted PROGRAM: the engine finds the bug from nothing, with no seed. $finding is its input.
find_planted() { # OUT PROGRAM
    local folder=$room/tmp/planted-$2
    rm -rf "$folder"
    mkdir -p "$folder/in"
    printf 'input' >"$folder/in/input"
    chmod -R 777 "$folder"
    finding=''
    if [ "$FUZZING_ENGINE" = afl ]; then
        AFL_BENCH_UNTIL_CRASH=1 afl_fuzz_in_room -x "/out/$2.dict" -i "/tmp/planted-$2/in" \
            -o "/tmp/planted-$2/afl" -V 900 -- "/out/$2" || true
        finding=$(find "$folder/afl" -path '*/crashes/id*' 2>/dev/null | head -n 1)
    elif [ "$FUZZING_ENGINE" = honggfuzz ]; then
        honggfuzz_in_room "$2" --run_time 900 -f "/tmp/planted-$2/in" -W "/tmp/planted-$2" || true
        finding=$(find "$folder" -name 'SIG*.fuzz' | head -n 1)
    else
        in_room "/out/$2" -seed=1 -max_total_time=900 -max_len=4096 -artifact_prefix="/tmp/planted-$2/" || true
        finding=$(find "$folder" -name 'crash-*' | head -n 1)
    fi
    [ -n "$finding" ] || { said; refuse "$2: the planted bug is not found in 15 minutes"; }
}

# The reproducer fails where the bug is, and passes where it is not.
check_planted() { # OUT PLANTED-OUT PROGRAM
    OUT_MOVED=$2
    find_planted "$2" "$3" || return 1
    chmod a+r "$finding"
    local inside=/tmp/${finding#"$room/tmp/"}
    if in_room "/out/$3" "$inside"; then refuse "$3: the reproducer passes on the planted bug" || return 1; fi
    grep -q 'heapbed: target .*, oracle ' "$room/said" || { said; refuse "$3: no oracle is named"; return; }
    oracle=$(sed -n 's/^heapbed: target .*, oracle \([a-z-]*\),.*/\1/p' "$room/said" | head -n 1)
    OUT_MOVED=$1
    in_room "/out/$3" "$inside" || { said; refuse "$3: the reproducer fails on the core without the bug"; }
}

# run_tests.sh runs the tests, needs no network, and leaves the tree as it was (infra/chronos of OSS-Fuzz).
# Sets test_count.
check_tests() { # SRC WORK LOG
    local before after user=()
    if [ "$(id -u)" != 0 ]; then user=(--user --map-root-user); fi
    before=$(digest_of "$1")
    SRC=$1 WORK=$2 unshare "${user[@]}" --net bash -eu "$1/run_tests.sh" >"$3" 2>&1 </dev/null ||
        { tail -n 12 "$3" | sed 's/^/    /' >&2; refuse 'run_tests.sh fails'; return; }
    after=$(digest_of "$1")
    [ "$before" = "$after" ] || refuse 'run_tests.sh changes the tree' || return 1
    test_count=$(sed -n 's/^100% tests passed, 0 tests failed out of //p' "$3")
    [ "${test_count:-0}" -ge 20 ] || refuse "run_tests.sh has run ${test_count:-0} tests"
}

digest_of() { # FOLDER
    (cd "$1" && find . -type f -exec sha256sum {} + | sort | sha256sum)
}
