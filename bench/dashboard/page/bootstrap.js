// SPDX-License-Identifier: MIT
//
// How sure a change between any two commits is: as bench/history/samples.c and verdicts.c say it of
// the newest one (Efron and Tibshirani, An Introduction to the Bootstrap, 1993, chapter 13: the
// percentile interval).

const resampleCount = 1000;

// Always the same draws (mulberry32), so that a page says the same each time it is opened.
function createDraws() {
    let state = 0x76657264;
    return (bound) => {
        state = (state + 0x6d2b79f5) | 0;
        let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
        mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
        return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32) * bound);
    };
}

function quantileOf(sorted, part) {
    const place = part * (sorted.length - 1);
    const below = Math.floor(place);
    const above = Math.min(below + 1, sorted.length - 1);
    return sorted[below] + (place - below) * (sorted[above] - sorted[below]);
}

// As many values as there are, each drawn from all of them.
function resampledMedian(values, scratch, draw) {
    for (let i = 0; i < values.length; i++) {
        scratch[i] = values[draw(values.length)];
    }
    return quantileOf(scratch.sort(), 0.5);
}

function relativeChange(before, after) {
    return before === 0 ? Number(after !== 0) : after / before - 1;
}

// The 95% interval of the ratio of two medians, less 1; null where a side has one sample.
function changeInterval(before, after) {
    if (before.length < 2 || after.length < 2) {
        return null;
    }
    const draw = createDraws();
    const scratch = [new Float64Array(before.length), new Float64Array(after.length)];
    const changes = new Float64Array(resampleCount);
    for (let i = 0; i < resampleCount; i++) {
        changes[i] = relativeChange(
            resampledMedian(before, scratch[0], draw),
            resampledMedian(after, scratch[1], draw),
        );
    }
    changes.sort();
    return { low: quantileOf(changes, 0.025), high: quantileOf(changes, 0.975) };
}

// From the first to the third quartile, as a share of the median.
function spreadShare(samples) {
    const sorted = Float64Array.from(samples).sort();
    const middle = quantileOf(sorted, 0.5);
    return middle === 0 ? 0 : (quantileOf(sorted, 0.75) - quantileOf(sorted, 0.25)) / middle;
}

// What is too little to speak of: 3% of a time, 0.5% of what is counted, or what the launches scatter.
function noiseBetween(before, after, unit) {
    const least = ['instructions', 'bytes', 'ratio'].includes(unit) ? 0.005 : 0.03;
    return Math.max(least, spreadShare(before), spreadShare(after));
}
