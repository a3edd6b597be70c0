/* SPDX-License-Identifier: MIT
 *
 * As much of the C library as the core's tests use, for boards that have none: see library.c.
 */
#ifndef STDLIB_H
#define STDLIB_H

_Noreturn void exit(int status);

#endif
