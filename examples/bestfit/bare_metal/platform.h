/* SPDX-License-Identifier: MIT
 *
 * What a machine brings.
 */
#ifndef PLATFORM_H
#define PLATFORM_H

int main(void);

void platform_write(const char *text);

#endif
