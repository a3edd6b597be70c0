/* SPDX-License-Identifier: MIT
 *
 * What other programs of the bed have measured, cut down to what a record keeps of it.
 */
#ifndef HISTORY_FIGURES_H
#define HISTORY_FIGURES_H

#include <cjson/cJSON.h>
#include <stdbool.h>
#include <stddef.h>

/* From what ./bed fuzz --json, ./bed bugs --json, ./bed mutate --json and ./bed matrix --json write
 * to a section of a record. Null where it is not that; reason names what is missing. The caller
 * deletes what is returned. */
typedef cJSON *figures_make(const cJSON *json, char *reason, size_t reason_bytes);

figures_make figures_fuzz;
figures_make figures_bugs;
figures_make figures_mutation;
figures_make figures_matrix;

#endif
