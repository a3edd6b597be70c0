// SPDX-License-Identifier: MIT
//
// One line chart: uPlot with our colours, a tip that follows cursor and keys, zoom by dragging, names
// at the ends of the lines, and lines that come and go with their subjects.
//
// spec: {label, x: {values, label, ticks?, format, isLog?, base?, range?}, y: {label, unit, isLog?, range?},
//        lines: [{subject, name?, values, low?, high?}], tip(index) -> {title, note?},
//        notes?: Map of subject to text, marks?: [{index, text}], onPick?(index), height?}

const wideEnoughForNames = 620;
const letterWidth = 6.9;

// Room to the right of the lines for the longest of their names.
function namesWidth(spec) {
    return 16 + letterWidth * Math.max(...spec.lines.map((line) => lineName(line).length));
}

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
            label: lineName(line), line, show: lineIsShown(line), stroke: () => lineColour(line), width: 1.8,
            dash: line.subject ? subjectDash(line.subject) : [], spanGaps: true,
            points: { show: spec.x.values.length < 60, size: 5, fill: () => lineColour(line) },
        });
        if (line.low && line.high) {
            [line.high, line.low].forEach((edge) => {
                data.push(drawable(edge, spec.y.isLog));
                series.push({ edgeOf: line, show: lineIsShown(line), stroke: 'transparent', width: 0, spanGaps: true, points: { show: false } });
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
        stroke: () => colour('--soft'), font: `12px ${family}`, labelFont: `12px ${family}`,
        grid: { stroke: () => colour('--grid'), width: 1 }, ticks: { show: false },
    };
}

// Room for the longest of the labels.
function axisWidth(plot, labels) {
    const longest = (labels || []).reduce((most, label) => Math.max(most, String(label ?? '').length), 0);
    return Math.max(34, 12 + longest * 7);
}

function buildAxes(spec) {
    const x = { ...axisStyle(), label: spec.x.label, labelSize: 22, size: 28, space: 64 };
    if (spec.x.ticks) {
        x.splits = (plot, axis, least, most) => spec.x.ticks(least, most, plot.bbox.width / devicePixelRatio);
        x.filter = (plot, splits) => splits;
    }
    x.values = (plot, splits) => splits.map((value) => (value === null ? '' : spec.x.format(value)));
    const y = {
        ...axisStyle(), label: spec.y.label, labelSize: 22, size: axisWidth, space: 34,
        values: (plot, splits) => splits.map((value) => (value === null ? '' : formatTick(value, spec.y.unit))),
    };
    if (spec.y.isLog) {
        y.filter = keepPowers;
        y.grid = { ...y.grid, filter: keepPowers };
    }
    return [x, y];
}

function buildScales(spec) {
    const scale = (axis) => ({
        ...(axis.isLog ? { distr: 3, log: axis.base || 10 } : {}), ...(axis.range ? { range: axis.range } : {}),
    });
    return { x: { time: false, ...scale(spec.x) }, y: scale(spec.y) };
}

// --- what is drawn on top -------------------------------------------------------------------------

// Names at the right ends of the lines, pushed apart where they would overlap.
function drawNames(plot) {
    const { ctx } = plot;
    const ratio = devicePixelRatio;
    const right = plot.bbox.left + plot.bbox.width;
    const ends = [];
    plot.series.forEach((series, index) => {
        const last = series.line && series.show ? lastVisible(plot, index) : null;
        if (last !== null) {
            ends.push({ name: series.label, colour: lineColour(series.line), y: plot.valToPos(plot.data[index][last], 'y', true) });
        }
    });
    spread(ends, 14 * ratio, plot.bbox.top, plot.bbox.top + plot.bbox.height);
    ctx.save();
    ctx.font = `${12 * ratio}px ${getComputedStyle(document.documentElement).getPropertyValue('--text')}`;
    ctx.textBaseline = 'middle';
    ctx.textAlign = 'left';
    ends.forEach((end) => {
        ctx.fillStyle = end.colour;
        ctx.fillText(end.name, right + 8 * ratio, end.y);
    });
    ctx.restore();
}

function lastVisible(plot, seriesIndex) {
    const { min, max } = plot.scales.x;
    for (let i = plot.data[0].length - 1; i >= 0; i--) {
        const x = plot.data[0][i];
        if (x >= min && x <= max && plot.data[seriesIndex][i] !== null && plot.data[seriesIndex][i] !== undefined) {
            return i;
        }
    }
    return null;
}

function spread(ends, distance, top, bottom) {
    ends.sort((a, b) => a.y - b.y);
    let least = top;
    ends.forEach((end) => {
        end.y = Math.max(end.y, least);
        least = end.y + distance;
    });
    let most = bottom;
    [...ends].reverse().forEach((end) => {
        end.y = Math.min(end.y, most);
        most = end.y - distance;
    });
}

// Vertical lines: change points and annotations.
function drawMarks(plot, marks) {
    const { ctx } = plot;
    const { top, height } = plot.bbox;
    const ratio = devicePixelRatio;
    ctx.save();
    ctx.lineWidth = ratio;
    marks.filter((mark) => mark.index >= plot.scales.x.min && mark.index <= plot.scales.x.max).forEach((mark) => {
        const x = Math.round(plot.valToPos(mark.index, 'x', true));
        ctx.strokeStyle = ctx.fillStyle = mark.subject ? subjectColour(mark.subject) : colour('--soft');
        ctx.setLineDash([3 * ratio, 3 * ratio]);
        ctx.beginPath();
        ctx.moveTo(x, top);
        ctx.lineTo(x, top + height);
        ctx.stroke();
        ctx.beginPath();
        ctx.moveTo(x - 5 * ratio, top);
        ctx.lineTo(x + 5 * ratio, top);
        ctx.lineTo(x, top + 8 * ratio);
        ctx.fill();
    });
    ctx.restore();
}

// --- the tip --------------------------------------------------------------------------------------

function tipRows(plot, spec, index) {
    const rows = [];
    plot.series.forEach((series, at) => {
        const value = plot.data[at][index];
        if (series.line && series.show && value !== null && value !== undefined) {
            const line = series.line;
            const band = line.low && Number.isFinite(line.low[index]) && Number.isFinite(line.high[index])
                ? `${formatQuantity(line.low[index], spec.y.unit)} to ${formatQuantity(line.high[index], spec.y.unit)}` : '';
            rows.push({ line, value, band });
        }
    });
    return rows.sort((a, b) => b.value - a.value);
}

function showTip(tip, plot, spec) {
    const index = plot.cursor.idx;
    const rows = index === null || index === undefined ? [] : tipRows(plot, spec, index);
    if (rows.length === 0 || plot.cursor.left < 0) {
        tip.classList.add('hidden');
        return;
    }
    const { title, note } = spec.tip(index);
    const notes = [note, ...(spec.marks || []).filter((mark) => mark.index === plot.data[0][index]).map((mark) => mark.text)];
    tip.replaceChildren(element('div', { class: 'tip-title' }, title),
        ...notes.filter(Boolean).map((text) => element('div', { class: 'tip-note' }, text)),
        element('table', {}, element('tbody', {}, rows.map(({ line, value, band }) => element('tr', {},
            element('th', { scope: 'row' }, element('span', { class: 'dot', style: { '--colour': lineColour(line) } }), lineName(line)),
            element('td', {}, formatQuantity(value, spec.y.unit)), band ? element('td', {}, band) : null)))));
    tip.classList.remove('hidden');
    placeTip(tip, plot);
}

function placeTip(tip, plot) {
    const left = plot.over.offsetLeft + plot.cursor.left;
    const isRight = left + 18 + tip.offsetWidth > plot.width;
    tip.style.left = `${Math.max(0, isRight ? left - 14 - tip.offsetWidth : left + 14)}px`;
    tip.style.top = `${Math.max(0, Math.min(plot.cursor.top, plot.height - tip.offsetHeight))}px`;
}

// --- the chart ------------------------------------------------------------------------------------

function createChart(place, spec) {
    const tip = element('div', { class: 'tip hidden', role: 'status' });
    const reset = element('button', { type: 'button', class: 'reset hidden', onclick: () => zoomOut(plot) }, 'Reset zoom');
    const frame = element('div', {
        class: `chart-frame${spec.onPick ? ' clickable' : ''}`, tabindex: 0, role: 'group',
        'aria-roledescription': 'chart',
        'aria-label': `${spec.label}. Left and right arrow keys read the values${spec.onPick ? ', Enter opens the commit' : ''}; plus and minus zoom; the same data is in the table below.`,
        onkeydown: (event) => chartKey(event, plot, spec),
        onblur: () => plot.setCursor({ left: -10, top: -10 }),
    });
    place.append(element('div', { class: 'chart' }, frame, reset, tip));
    const { data, series, bands } = buildSeries(spec);
    const size = () => ({ width: Math.max(200, frame.clientWidth), height: spec.height || 340 });
    const hasNames = spec.lines.length > 1;
    const isZoomed = (self) => self.scales.x.min > self.fullRange[0] || self.scales.x.max < self.fullRange[1];
    const plot = new uPlot({
        ...size(), series, bands, axes: buildAxes(spec), scales: buildScales(spec), legend: { show: false },
        padding: [12, () => (hasNames && frame.clientWidth > wideEnoughForNames ? namesWidth(spec) : 30), 0, 0],
        cursor: {
            drag: { x: true, y: false, setScale: true },
            points: { size: (self, at) => (series[at].edgeOf ? 0 : 8), fill: (self, at) => (series[at].line ? lineColour(series[at].line) : 'transparent') },
            y: false,
        },
        hooks: {
            draw: [(self) => {
                drawMarks(self, spec.marks || []);
                if (hasNames && frame.clientWidth > wideEnoughForNames) {
                    drawNames(self);
                }
            }],
            setCursor: [(self) => showTip(tip, self, spec)],
            setScale: [(self, key) => {
                if (key === 'x') {
                    self.fullRange = self.fullRange || [self.scales.x.min, self.scales.x.max];
                    reset.classList.toggle('hidden', !isZoomed(self));
                }
            }],
        },
    }, data, frame);
    plot.spec = spec;
    connectChart(plot, frame, size);
    return plot;
}

// To the window's width, to the subjects' switches, to the theme, to the pointer.
function connectChart(plot, frame, size) {
    const update = () => plot.batch(() => plot.series.forEach((series, at) => {
        const line = series.line || series.edgeOf;
        if (line && series.show !== lineIsShown(line)) {
            plot.setSeries(at, { show: lineIsShown(line) });
        }
    }));
    const repaint = () => plot.redraw(false, true);
    const resize = new ResizeObserver(() => {
        if (frame.isConnected && frame.clientWidth > 0 && size().width !== plot.width) {
            plot.setSize(size());
        }
    });
    subjectNews.follow(frame, update);
    themeNews.follow(frame, repaint);
    resize.observe(frame);
    let pressedAt = 0;
    plot.over.addEventListener('mousedown', (event) => { pressedAt = event.clientX; });
    plot.over.addEventListener('click', (event) => {
        if (plot.spec.onPick && Math.abs(event.clientX - pressedAt) < 4 && plot.cursor.idx !== null) {
            plot.spec.onPick(plot.cursor.idx);
        }
    });
    plot.hooks.destroy = [() => resize.disconnect()];
}

// The chart of a place, instead of the one that is there.
function replaceChart(place, spec) {
    if (place.plot) {
        place.plot.destroy();
    }
    place.replaceChildren();
    place.plot = createChart(place, spec);
}

function zoomOut(plot) {
    plot.setScale('x', { min: plot.fullRange[0], max: plot.fullRange[1] });
}

function zoomBy(plot, factor) {
    const toLine = plot.spec.x.isLog ? Math.log : (value) => value;
    const fromLine = plot.spec.x.isLog ? Math.exp : (value) => value;
    const [least, most] = plot.fullRange.map(toLine);
    const at = plot.cursor.idx === null || plot.cursor.left < 0 ? (least + most) / 2 : toLine(plot.data[0][plot.cursor.idx]);
    const half = (toLine(plot.scales.x.max) - toLine(plot.scales.x.min)) * factor / 2;
    plot.setScale('x', { min: fromLine(Math.max(least, at - half)), max: fromLine(Math.min(most, at + half)) });
}

function chartKey(event, plot, spec) {
    const count = plot.data[0].length;
    const index = plot.cursor.left >= 0 && plot.cursor.idx !== null ? plot.cursor.idx : -1;
    const steps = { ArrowRight: index + 1, ArrowLeft: index < 0 ? count - 1 : index - 1, Home: 0, End: count - 1 };
    if (event.key in steps) {
        const next = Math.max(0, Math.min(count - 1, steps[event.key]));
        plot.setCursor({ left: plot.valToPos(plot.data[0][next], 'x'), top: 20 });
    } else if (event.key === 'Enter' && spec.onPick && index >= 0) {
        spec.onPick(index);
    } else if (event.key === '+' || event.key === '-') {
        zoomBy(plot, event.key === '+' ? 0.5 : 2);
    } else if (event.key === '0' || event.key === 'Escape') {
        zoomOut(plot);
    } else {
        return;
    }
    event.preventDefault();
}
