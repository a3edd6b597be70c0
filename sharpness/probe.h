/* SPDX-License-Identifier: MIT
 *
 * What a planted bug says of itself while it runs. A patch of bugs/ marks the place that it changes
 * with these macros, and this file is force-included (-include) where a core that was patched is
 * compiled; the core itself knows nothing of it.
 *
 *     reached   the changed place was executed
 *     infected  and what it made was not what the right core would have made
 *
 * Both are counts since the object was loaded, in the object heapbed_probe that the shared object
 * exports. They are for whoever measures, and must be nothing that a search can follow: so the
 * counting is never inlined, has no branch, and is left out of the coverage.
 */
#ifndef HEAPBED_PROBE_H
#define HEAPBED_PROBE_H

struct heapbed_probe {
    unsigned long reached;
    unsigned long infected;
};

/* Defined here, as one translation unit holds the whole core. */
#if defined(__GNUC__)
__attribute__((visibility("default")))
#endif
extern struct heapbed_probe heapbed_probe;
struct heapbed_probe heapbed_probe;

#if defined(__clang__)
#define PROBE_APART __attribute__((noinline, unused, no_sanitize("coverage")))
#elif defined(__GNUC__)
#define PROBE_APART __attribute__((noinline, unused))
#else
#define PROBE_APART
#endif

PROBE_APART static unsigned long long probe_differs(unsigned long long right,
                                                    unsigned long long wrong)
{
    heapbed_probe.reached++;
    heapbed_probe.infected += (unsigned long)(right != wrong);
    return wrong;
}

PROBE_APART static void probe_reached(void)
{
    heapbed_probe.reached++;
}

PROBE_APART static void probe_infected(unsigned long long is_infected)
{
    heapbed_probe.infected += (unsigned long)(is_infected != 0);
}

/* The wrong value, or condition. Both are evaluated, once each, so neither may do anything, and
 * neither may depend on memory that the right core would not read. The type is unsigned long long:
 * where the value is part of a longer expression that is to wrap, cast it. */
#define BUG_DIFFERS(right, wrong)                                                                  \
    probe_differs((unsigned long long)(right), (unsigned long long)(wrong))

/* For everything else, a dropped statement for example: that its place was reached, and whether the
 * statement would have changed something there. */
#define BUG_REACHED()           probe_reached()
#define BUG_INFECTED(condition) probe_infected((unsigned long long)(condition))

#endif
