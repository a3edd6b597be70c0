/* SPDX-License-Identifier: MIT
 *
 * Source files that are part of every reproducer, as text: embedded when building, see
 * cmake/embed.cmake.
 */
#ifndef HB_REPRODUCER_TEXTS_H
#define HB_REPRODUCER_TEXTS_H

extern const char hb_text_report[];     /* testbed/reproducer/prelude/report.c */
extern const char hb_text_play[];       /* testbed/reproducer/prelude/play.c */
extern const char hb_text_map[];        /* testbed/reproducer/prelude/map.c */
extern const char hb_text_bestfit[];    /* testbed/reproducer/prelude/bestfit.c */
extern const char hb_text_seed[];       /* testbed/reproducer/prelude/seed.c */
extern const char hb_text_libc[];       /* testbed/reproducer/prelude/libc.c */
extern const char hb_text_shared[];     /* testbed/reproducer/prelude/shared.c */
extern const char hb_text_seed_alloc[]; /* testbed/targets/seed_alloc.h */
extern const char hb_text_target[];     /* testbed/include/heapbed/target.h */

#endif
