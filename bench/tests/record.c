/* SPDX-License-Identifier: MIT
 *
 * bench-record          exponents of known curves
 * bench-record FILE...  how many records of each file the history's reader takes; fails where one
 * is damaged
 */
#include "history/history.h"
#include "plan.h"

#include <math.h>
#include <string.h>

static bool check_fit(double exponent, size_t count, bool is_expected)
{
    double lengths[9];
    double values[9];
    double found = 0;

    for (size_t i = 0; i < count; i++) {
        lengths[i] = 16 * pow(4, (double)i);
        values[i] = 3.5 * pow(lengths[i], exponent);
    }
    const bool ok = fit_exponent(lengths, values, count, &found) && fabs(found - exponent) < 1e-9;

    if (ok != is_expected) {
        (void)printf("FAILED: exponent %g of %zu points: %g\n", exponent, count, found);
    }
    return ok == is_expected;
}

static bool check_fits(void)
{
    const double lengths[] = {16, 64, 256};
    const double values[] = {1, 0, 1}; /* no logarithm */
    double found = 0;

    return check_fit(1, 9, true) && check_fit(0, 5, true) && check_fit(-0.5, 3, true) &&
           check_fit(1, 2, false) && !fit_exponent(lengths, values, 3, &found);
}

int main(int argc, char **argv)
{
    bool ok = argc > 1 || check_fits();

    for (int i = 1; i < argc; i++) {
        struct history history;

        memset(&history, 0, sizeof history);
        ok = history_read(&history, argv[i], stdout) && history.damaged_count == 0 && ok;
        history_finish(&history, stdout);
        (void)printf("%s: %zu records\n", argv[i], history.record_count);
        history_free(&history);
    }
    return ok ? 0 : 1;
}
