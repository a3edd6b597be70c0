// SPDX-License-Identifier: MIT
//
// What is drawn on top of a chart: the lines' names at their ends, change points, notes.

const wideEnoughForNames = 620;
const letterWidth = 6.9;

// Room to the right of the lines for the longest of their names.
function namesWidth(spec) {
    return 16 + letterWidth * Math.max(...spec.lines.map((line) => lineName(line).length));
}

// Names at the right ends of the lines, pushed apart where they would overlap.
function drawNames(plot) {
    const { ctx } = plot;
    const ratio = devicePixelRatio;
    const right = plot.bbox.left + plot.bbox.width;
    const ends = [];
    plot.series.forEach((series, index) => {
        const last = series.line && series.show ? lastVisible(plot, index) : null;
        if (last !== null) {
            ends.push({
                name: series.label,
                colour: lineColour(series.line),
                y: plot.valToPos(plot.data[index][last], 'y', true),
            });
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
        if (
            x >= min &&
            x <= max &&
            plot.data[seriesIndex][i] !== null &&
            plot.data[seriesIndex][i] !== undefined
        ) {
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
    marks
        .filter((mark) => mark.index >= plot.scales.x.min && mark.index <= plot.scales.x.max)
        .forEach((mark) => {
            const x = Math.round(plot.valToPos(mark.index, 'x', true));
            ctx.strokeStyle = ctx.fillStyle = mark.subject
                ? subjectColour(mark.subject)
                : colour('--soft');
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
