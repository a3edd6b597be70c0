#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# ./bed coverage: what of core/ inputs reach, over all variants of it. ./bed has built the programs.
set -euo pipefail

command_name=coverage
root=$(cd "$(dirname "$0")/.." && pwd)
# shellcheck source=reach/reach.sh
. "$root/corpus/reach/reach.sh"

explain() {
    cat <<'END'
usage: ./bed coverage [DIR...] [--html DIR] [--json FILE] [--corpus DIR] [--list FILE]
                      [--rehearsal]

Plays the committed corpus, and the inputs in the folders given (of engines, of a campaign; other
files there are passed over), on every variant of the core, and says which lines and branches of
core/ were reached (LLVM source-based coverage).

  --html DIR      a report, source with counts (a folder that is not there yet, or is one of these)
  --json FILE     the sums and what was not reached, - for standard output
  --corpus DIR    another corpus than corpus/ (its *.hbedt)
  --list FILE     another list of what cannot be reached than corpus/unreached.txt
  --rehearsal     and what the players try of their own accord on heaps of their own (target.h:
                  rehearse); no gate

With the corpus alone it is a gate: every line and branch has to be reached or explained in the
list, at least 95% of the branches reached, and the list must not hold what is reached.
Exit status: 0 good, 1 the gate failed or an oracle objected, 2 it could not run.
END
}

branches_permille_min=950
html='' corpus=$root/corpus list=$root/corpus/unreached.txt is_rehearsal=0
take_options '--html --json --corpus --list' '--rehearsal' "$@"
if [ $is_rehearsal = 1 ]; then export HEAPBED_REHEARSE=1; fi
[ -d "$corpus" ] || fail "$corpus is no folder"
[ -r "$list" ] || fail "cannot read $list"
if [ -n "$html" ] && [ -e "$html" ] && [ ! -e "$html/.heapbed-coverage" ]; then
    fail "$html is there already, and no report of this command"
fi

scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
find "$corpus" -name '*.hbedt' | sort >"$scratch/files"
[ -s "$scratch/files" ] || fail "there is no input in $corpus"
committed=$(wc -l <"$scratch/files")
echo 0 >"$scratch/others"
if [ ${#folders[@]} -gt 0 ]; then
    inputs_in "$scratch/others" "${folders[@]}" >>"$scratch/files"
fi
passed_over=$(cat "$scratch/others")
printf 'bed coverage: %d inputs on %d variants and harnesses\n' "$(wc -l <"$scratch/files")" "$(wc -w <<<"$plays")" >&2
mkdir "$scratch/all"
for a_play in $plays; do
    play "$a_play" "$scratch/all" <"$scratch/files" || {
        tail -n 5 "$scratch/all/said" >&2
        fail "${a_play/:/ on } did not come to its end"
    }
done
objections=$(objections_in "$scratch/all")
sides "$scratch/all" | sort -k1,1 -k2,2n >"$scratch/sides"
awk -v core="$root/core/" -f "$root/corpus/reach/explain.awk" "$list" "$scratch/sides" >"$scratch/told"
read -r lines lines_reached branches branches_reached listed < <(sed -n 's/^sum //p' "$scratch/told")
if [ "${lines:-0}" -lt 1000 ]; then fail "only ${lines:-0} lines of core/ are in the profile"; fi

if [ -n "$html" ]; then
    rm -rf "$html"
    llvm-cov-19 show "${objects[@]}" "-instr-profile=$scratch/all/all.profdata" -format=html \
        -show-branches=count -show-instantiations=false "-output-dir=$html" "$root/core" >/dev/null
    touch "$html/.heapbed-coverage"
    printf 'report     %s/index.html\n' "$html"
fi
printf 'inputs     %s committed, %s others; %s were objected to\n' "$committed" \
    $(($(wc -l <"$scratch/files") - committed)) "$objections"
if [ "$passed_over" != 0 ]; then printf 'other files that are no inputs were passed over: %s\n' "$passed_over"; fi
printf 'lines      %s of %s\nbranches   %s of %s (%s%%)\nexplained  %s in %s\n' "$lines_reached" "$lines" \
    "$branches_reached" "$branches" "$((branches_reached * 1000 / branches / 10)).$((branches_reached * 1000 / branches % 10))" \
    "$listed" "${list#"$root/"}"

status=0
if [ "$objections" != 0 ]; then status=1; fi
if [ ${#folders[@]} = 0 ] && [ $is_rehearsal = 0 ]; then
    grep -E '^(new|stale|unreadable) ' "$scratch/told" && status=1
    if [ $((branches_reached * 1000 / branches)) -lt $branches_permille_min ]; then
        printf 'less than %s permille of the branches are reached\n' $branches_permille_min
        status=1
    fi
else
    # More inputs, and the rehearsal, reach more, which is no fault of the list.
    grep -E '^new ' "$scratch/told" || true
fi
if [ -n "$json" ]; then
    sed -n 's/^new \([^ ]*\) .*/\1/p' "$scratch/told" | jq -R . | jq -s --argjson numbers \
        "[$committed,$objections,$passed_over,$lines,$lines_reached,$branches,$branches_reached,$listed,$status]" '
        {schema: "heapbed-coverage/1", committed_inputs: $numbers[0], objections: $numbers[1], passed_over: $numbers[2],
         lines: $numbers[3], lines_reached: $numbers[4], branches: $numbers[5],
         branches_reached: $numbers[6], explained: $numbers[7], good: ($numbers[8] == 0),
         unreached_and_not_explained: .}' >"$json"
fi
exit $status
