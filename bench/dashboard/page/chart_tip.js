// SPDX-License-Identifier: MIT
//
// The tip that tells the values under the cursor.

function tipRows(plot, spec, index) {
    const rows = [];
    plot.series.forEach((series, at) => {
        const value = plot.data[at][index];
        if (series.line && series.show && value !== null && value !== undefined) {
            const line = series.line;
            const band =
                line.low && Number.isFinite(line.low[index]) && Number.isFinite(line.high[index])
                    ? `${formatQuantity(line.low[index], spec.y.unit)} to ${formatQuantity(line.high[index], spec.y.unit)}`
                    : '';
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
    const notes = [
        note,
        ...(spec.marks || [])
            .filter((mark) => mark.index === plot.data[0][index])
            .map((mark) => mark.text),
    ];
    tip.replaceChildren(
        element('div', { class: 'tip-title' }, title),
        ...notes.filter(Boolean).map((text) => element('div', { class: 'tip-note' }, text)),
        element(
            'table',
            {},
            element(
                'tbody',
                {},
                rows.map(({ line, value, band }) =>
                    element(
                        'tr',
                        {},
                        element(
                            'th',
                            { scope: 'row' },
                            element('span', {
                                class: 'dot',
                                style: { '--colour': lineColour(line) },
                            }),
                            lineName(line),
                        ),
                        element('td', {}, formatQuantity(value, spec.y.unit)),
                        band ? element('td', {}, band) : null,
                    ),
                ),
            ),
        ),
    );
    tip.classList.remove('hidden');
    placeTip(tip, plot);
}

function placeTip(tip, plot) {
    const left = plot.over.offsetLeft + plot.cursor.left;
    const isRight = left + 18 + tip.offsetWidth > plot.width;
    tip.style.left = `${Math.max(0, isRight ? left - 14 - tip.offsetWidth : left + 14)}px`;
    tip.style.top = `${Math.max(0, Math.min(plot.cursor.top, plot.height - tip.offsetHeight))}px`;
}
