/* SPDX-License-Identifier: MIT
 *
 * The player as a program of this machine, from standard input to standard output.
 */
#include "player.h"

#include <stdio.h>

size_t machine_read(void *bytes, size_t byte_count)
{
    return fread(bytes, 1, byte_count, stdin);
}

void machine_write(const void *bytes, size_t byte_count)
{
    (void)fwrite(bytes, 1, byte_count, stdout);
}

int main(void)
{
    const int status = player_run();
    return fflush(stdout) == 0 ? status : 1;
}
