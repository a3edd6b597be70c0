// SPDX-License-Identifier: MIT
//
// One line chart: uPlot with our colours, a tip that follows cursor and keys, zoom by dragging, names
// at the ends of the lines, and lines that come and go with their subjects.
//
// spec: {label, x: {values, label, ticks?, format, isLog?, base?, range?}, y: {label, unit, isLog?, range?},
//        lines: [{subject, name?, values, low?, high?}], tip(index) -> {title, note?},
//        hasGaps?: what is missing is not bridged, marks?: [{index, text}], onPick?(index), height?}

function createChart(place, spec) {
    const tip = element('div', { class: 'tip hidden', role: 'status' });
    const reset = element(
        'button',
        { type: 'button', class: 'reset hidden', onclick: () => zoomOut(plot) },
        'Reset zoom',
    );
    const frame = element('div', {
        class: `chart-frame${spec.onPick ? ' clickable' : ''}`,
        tabindex: 0,
        role: 'group',
        'aria-roledescription': 'chart',
        'aria-label': `${spec.label}. Left and right arrow keys read the values${spec.onPick ? ', Enter opens the commit' : ''}; plus and minus zoom; the same data is in the table below.`,
        onkeydown: (event) => chartKey(event, plot, spec),
        onblur: () => plot.setCursor({ left: -10, top: -10 }),
    });
    place.append(element('div', { class: 'chart' }, frame, reset, tip));
    const { data, series, bands } = buildSeries(spec);
    const size = () => ({ width: Math.max(200, frame.clientWidth), height: spec.height || 340 });
    const hasNames = spec.lines.length > 1;
    const isZoomed = (self) =>
        self.scales.x.min > self.fullRange[0] || self.scales.x.max < self.fullRange[1];
    const plot = new uPlot(
        {
            ...size(),
            series,
            bands,
            axes: buildAxes(spec),
            scales: buildScales(spec),
            legend: { show: false },
            padding: [
                12,
                () => (hasNames && frame.clientWidth > wideEnoughForNames ? namesWidth(spec) : 36),
                0,
                0,
            ],
            cursor: {
                drag: { x: true, y: false, setScale: true },
                points: {
                    size: (self, at) => (series[at].edgeOf ? 0 : 8),
                    fill: (self, at) =>
                        series[at].line ? lineColour(series[at].line) : 'transparent',
                },
                y: false,
            },
            hooks: {
                draw: [
                    (self) => {
                        drawMarks(self, spec.marks || []);
                        if (hasNames && frame.clientWidth > wideEnoughForNames) {
                            drawNames(self);
                        }
                    },
                ],
                setCursor: [(self) => showTip(tip, self, spec)],
                setScale: [
                    (self, key) => {
                        if (key === 'x') {
                            self.fullRange = self.fullRange || [
                                self.scales.x.min,
                                self.scales.x.max,
                            ];
                            reset.classList.toggle('hidden', !isZoomed(self));
                        }
                    },
                ],
            },
        },
        data,
        frame,
    );
    plot.spec = spec;
    connectChart(plot, frame, size);
    return plot;
}

// To the window's width, to the subjects' switches, to the theme, to the pointer.
function connectChart(plot, frame, size) {
    const update = () =>
        plot.batch(() =>
            plot.series.forEach((series, at) => {
                const line = series.line || series.edgeOf;
                if (line && series.show !== lineIsShown(line)) {
                    plot.setSeries(at, { show: lineIsShown(line) });
                }
            }),
        );
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
    plot.over.addEventListener('mousedown', (event) => {
        pressedAt = event.clientX;
    });
    plot.over.addEventListener('click', (event) => {
        if (
            plot.spec.onPick &&
            Math.abs(event.clientX - pressedAt) < 4 &&
            plot.cursor.idx !== null
        ) {
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
