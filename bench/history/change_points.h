/* SPDX-License-Identifier: MIT
 *
 * Where the level of a series changes for good. Shown, never gating.
 *
 * E-divisive: Matteson and James, A Nonparametric Approach for Multiple Change Point Analysis of
 * Multivariate Data, Journal of the American Statistical Association 109 (505), 2014,
 * doi:10.1080/01621459.2013.849605; first used for commits by Daly et al., The Use of Change Point
 * Detection to Identify Software Performance Regressions in a Continuous Integration System, ICPE
 * 2020, doi:10.1145/3358960.3375791. It assumes nothing of how values are distributed, but that
 * those of one level could stand in any order.
 */
#ifndef HISTORY_CHANGE_POINTS_H
#define HISTORY_CHANGE_POINTS_H

#include "series.h"

/* On either side of a change point; so nothing is said of the last four commits. */
#define CHANGE_POINT_SIDE_MIN ((size_t)5)
/* A change point is one where this part of shuffled series, at most, splits as well. */
#define CHANGE_POINT_SIGNIFICANCE 0.005

struct change_point {
    size_t series;
    size_t point; /* the first of the new level */
    double before;
    double after; /* medians of the levels */
    double significance;
};

struct change_points {
    struct change_point *items; /* by series, then by point */
    size_t count;
};

/* The best place to split values at, and the statistic there, which is 0 or less where there is
 * none. count is at least twice CHANGE_POINT_SIDE_MIN. */
size_t change_point_best(const double *values, size_t count, double *statistic);

/* All of a set. Annotations that reset a series end a level themselves. progress: whether to tell
 * stderr where it takes long. */
void change_points_find(struct change_points *found, const struct series_set *set, bool progress);
void change_points_free(struct change_points *found);

#endif
