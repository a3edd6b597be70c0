// SPDX-License-Identifier: MIT
//
// Zoom and reading by keys.

function zoomOut(plot) {
    plot.setScale('x', { min: plot.fullRange[0], max: plot.fullRange[1] });
}

function zoomBy(plot, factor) {
    const toLine = plot.spec.x.isLog ? Math.log : (value) => value;
    const fromLine = plot.spec.x.isLog ? Math.exp : (value) => value;
    const [least, most] = plot.fullRange.map(toLine);
    const at =
        plot.cursor.idx === null || plot.cursor.left < 0
            ? (least + most) / 2
            : toLine(plot.data[0][plot.cursor.idx]);
    const half = ((toLine(plot.scales.x.max) - toLine(plot.scales.x.min)) * factor) / 2;
    plot.setScale('x', {
        min: fromLine(Math.max(least, at - half)),
        max: fromLine(Math.min(most, at + half)),
    });
}

function chartKey(event, plot, spec) {
    const count = plot.data[0].length;
    const index = plot.cursor.left >= 0 && plot.cursor.idx !== null ? plot.cursor.idx : -1;
    const steps = {
        ArrowRight: index + 1,
        ArrowLeft: index < 0 ? count - 1 : index - 1,
        Home: 0,
        End: count - 1,
    };
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
