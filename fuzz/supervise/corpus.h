/* SPDX-License-Identifier: MIT
 *
 * What the engines begin with.
 */
#ifndef HB_CORPUS_H
#define HB_CORPUS_H

#include "layout.h"
#include "options.h"

#include <stdbool.h>

/* Fills layout->start, and layout->corpus where it is empty yet: from --corpus, else for the core
 * from its committed seeds; for the harness corrupt generated streams with smashes are added. Texts
 * are encoded. False, with a reason on stderr, where a file cannot be used, or the folder that was
 * asked for has none. */
bool corpus_prepare(const struct options *options, const struct layout *layout);

#endif
