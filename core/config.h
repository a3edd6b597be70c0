/* SPDX-License-Identifier: MIT
 *
 * What is decided when building the core. Define any of these on the command line (or before
 * including bestfit.c) to change it; every translation unit that includes bestfit.h must agree.
 */
#ifndef BF_CONFIG_H
#define BF_CONFIG_H

/* How many ranges a heap can hold. The table lies in struct bf_heap (two pointers an entry), never
 * in the ranges. Default 32, at least 1; one range more is refused with BF_TOO_MANY_RANGES. */
#ifndef BF_RANGES_MAX
#define BF_RANGES_MAX 32
#endif

/* Called once for every block or link that an operation visits, so that a test bed can count work
 * and end an endless walk. Default: nothing. */
#ifndef BF_STEP
#define BF_STEP() ((void)0)
#endif

/* Put in front of every public name instead of bf_, so that several builds of the core can be
 * linked into one program: -DBF_PREFIX=bf_small_ gives bf_small_malloc. Default: bf_. The source
 * text keeps saying bf_malloc. */
#ifdef BF_PREFIX
#define BF_JOIN_(prefix, name) prefix##name
#define BF_JOIN(prefix, name)  BF_JOIN_(prefix, name)
#define bf_init                BF_JOIN(BF_PREFIX, init)
#define bf_add_range           BF_JOIN(BF_PREFIX, add_range)
#define bf_malloc              BF_JOIN(BF_PREFIX, malloc)
#define bf_free                BF_JOIN(BF_PREFIX, free)
#define bf_check               BF_JOIN(BF_PREFIX, check)
#define bf_walk                BF_JOIN(BF_PREFIX, walk)
#define bf_stats               BF_JOIN(BF_PREFIX, stats)
#define bf_status_name         BF_JOIN(BF_PREFIX, status_name)
#endif

#endif
