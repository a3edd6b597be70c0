// SPDX-License-Identifier: MIT
//
// What a chart is made of in uPlot's terms: series, bands, axes, scales.

// Lines without a subject of their own (a share, a score) have the accent's colour.
function lineColour(line) {
    return line.subject ? subjectColour(line.subject) : colour('--accent');
}

function lineIsShown(line) {
    return !line.subject || isShown(line.subject);
}

function lineName(line) {
    return line.name || line.subject;
}

// A logarithmic scale has no place for zero.
function drawable(values, isLog) {
    return isLog ? values.map((value) => (value > 0 ? value : null)) : values;
}

// Data and series as uPlot wants them: for each line its median, then the edges of its band.
function buildSeries(spec) {
    const data = [spec.x.values];
    const series = [{}];
    const bands = [];
    spec.lines.forEach((line) => {
        data.push(drawable(line.values, spec.y.isLog));
        series.push({
            label: lineName(line),
            line,
            show: lineIsShown(line),
            stroke: () => lineColour(line),
            width: 1.8,
            dash: line.subject ? subjectDash(line.subject) : [],
            spanGaps: !spec.hasGaps,
            points: { show: spec.x.values.length < 60, size: 5, fill: () => lineColour(line) },
        });
        if (line.low && line.high) {
            [line.high, line.low].forEach((edge) => {
                data.push(drawable(edge, spec.y.isLog));
                series.push({
                    edgeOf: line,
                    show: lineIsShown(line),
                    stroke: 'transparent',
                    width: 0,
                    spanGaps: true,
                    points: { show: false },
                });
            });
            bands.push({
                series: [series.length - 2, series.length - 1],
                fill: () => withAlpha(lineColour(line), 0.13),
            });
        }
    });
    return { data, series, bands };
}

function isPowerOfTen(value) {
    const power = Math.log10(value);
    return Math.abs(power - Math.round(power)) < 1e-9;
}

// On a logarithmic axis only powers of ten are named, unless hardly any is in sight.
function keepPowers(plot, splits) {
    const powers = splits.filter(isPowerOfTen).length;
    return powers < 2 ? splits : splits.map((value) => (isPowerOfTen(value) ? value : null));
}

function axisStyle() {
    const family = getComputedStyle(document.documentElement).getPropertyValue('--text');
    return {
        stroke: () => colour('--soft'),
        font: `12px ${family}`,
        labelFont: `12px ${family}`,
        grid: { stroke: () => colour('--grid'), width: 1 },
        ticks: { show: false },
    };
}

// Room for the longest of the labels.
function axisWidth(plot, labels) {
    const longest = (labels || []).reduce(
        (most, label) => Math.max(most, String(label ?? '').length),
        0,
    );
    return Math.max(34, 12 + longest * 7);
}

function buildAxes(spec) {
    const x = { ...axisStyle(), label: spec.x.label, labelSize: 22, size: 28, space: 64 };
    if (spec.x.ticks) {
        x.splits = (plot, axis, least, most) =>
            spec.x.ticks(least, most, plot.bbox.width / devicePixelRatio);
        x.filter = (plot, splits) => splits;
    }
    x.values = (plot, splits) =>
        splits.map((value) => (value === null ? '' : spec.x.format(value)));
    const y = {
        ...axisStyle(),
        label: spec.y.label,
        labelSize: 22,
        size: axisWidth,
        space: 34,
        values: (plot, splits) =>
            splits.map((value) => (value === null ? '' : formatTick(value, spec.y.unit))),
    };
    if (spec.y.isLog) {
        y.filter = keepPowers;
        y.grid = { ...y.grid, filter: keepPowers };
    }
    return [x, y];
}

function buildScales(spec) {
    const scale = (axis) => ({
        ...(axis.isLog ? { distr: 3, log: axis.base || 10 } : {}),
        ...(axis.range ? { range: axis.range } : {}),
    });
    return { x: { time: false, ...scale(spec.x) }, y: scale(spec.y) };
}
