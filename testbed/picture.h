/* SPDX-License-Identifier: MIT
 *
 * The heap of a run in letters.
 */
#ifndef HB_PICTURE_H
#define HB_PICTURE_H

#include <stdio.h>

struct hb_run;

void hb_picture(const struct hb_run *run, FILE *out);

#endif
