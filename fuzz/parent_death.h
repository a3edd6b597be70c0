/* SPDX-License-Identifier: MIT
 *
 * A process that ends with its parent, however that ends.
 */
#ifndef HB_PARENT_DEATH_H
#define HB_PARENT_DEATH_H

/* From here on this process, and every one that it forks, is killed when its own parent dies. */
void hb_die_with_parent(void);

#endif
