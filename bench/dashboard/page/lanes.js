// SPDX-License-Identifier: MIT
//
// One figure for each subject, one line each: a bar from zero, or a dot where the scale has no zero.

// panels: [{title, note?, items: [{subject, value, name?}]}]; scale: {min, max, isLog?, isBar?, unit, label, ticks}
function createLanes(panels, scale) {
    return element(
        'div',
        { class: 'panels' },
        panels.map((panel) =>
            element(
                'div',
                { class: 'panel' },
                element('h3', {}, panel.title),
                panel.note ? element('p', { class: 'caption' }, panel.note) : null,
                createPanel(panel, scale),
            ),
        ),
    );
}

function lanePosition(value, { min, max, isLog }) {
    const part = isLog ? Math.log(value / min) / Math.log(max / min) : (value - min) / (max - min);
    return `${Math.max(0, Math.min(1, part)) * 100}%`;
}

function createPanel(panel, scale) {
    const lanes = panel.items.map((item) => {
        const kind = subjectDash(item.subject || '').length ? ' hollow' : '';
        const mark = scale.isBar
            ? element('i', {
                  class: `bar${kind}`,
                  style: { width: lanePosition(item.value, scale) },
              })
            : element('i', {
                  class: `mark${kind}`,
                  style: { left: lanePosition(item.value, scale) },
              });
        const lane = element(
            'div',
            { class: 'lane', 'data-subject': item.subject, role: 'listitem' },
            element('span', { class: 'name' }, item.name || item.subject),
            element(
                'span',
                {
                    class: 'track',
                    style: {
                        '--colour': `var(${item.subject ? subjectVariable(item.subject) : '--accent'})`,
                    },
                },
                scale.ticks.map((tick) =>
                    element('i', { class: 'tick', style: { left: lanePosition(tick, scale) } }),
                ),
                mark,
            ),
            element('span', { class: 'value' }, formatQuantity(item.value, scale.unit)),
        );
        return lane;
    });
    const update = () =>
        lanes.forEach((lane) =>
            lane.classList.toggle(
                'hidden',
                Boolean(lane.dataset.subject) && !isShown(lane.dataset.subject),
            ),
        );
    const box = element('div', { class: 'lanes', role: 'list' }, lanes, laneAxis(scale));
    subjectNews.follow(box, update);
    update();
    return box;
}

function laneAxis(scale) {
    return element(
        'div',
        { class: 'lane', 'aria-hidden': 'true' },
        element('span', { class: 'lane-axis-label' }, scale.label),
        element(
            'span',
            { class: 'lane-axis' },
            scale.ticks.map((tick, index) =>
                element(
                    'span',
                    {
                        class: index === scale.ticks.length - 1 ? 'last' : null,
                        style: { left: lanePosition(tick, scale) },
                    },
                    formatTick(tick, scale.unit),
                ),
            ),
        ),
        element('span'),
    );
}

function roundUp(value) {
    const power = 10 ** Math.floor(Math.log10(value));
    return [1, 1.2, 1.6, 2, 2.4, 3.2, 4, 6, 8, 10]
        .map((step) => step * power)
        .find((step) => step >= value * 0.999);
}

// From zero, in a few round steps.
function barScale(values, unit, label) {
    const step = unit === 'bytes' ? 1024 : 1;
    const max = roundUp(Math.max(...values) / step) * step;
    return {
        min: 0,
        max,
        isBar: true,
        unit,
        label,
        ticks: [0, max / 4, max / 2, (max * 3) / 4, max],
    };
}

function logScale(values, unit, label) {
    const from = Math.floor(Math.log10(Math.min(...values)));
    const to = Math.max(from + 1, Math.ceil(Math.log10(Math.max(...values))));
    const step = Math.ceil((to - from) / 4);
    const last = from + Math.ceil((to - from) / step) * step;
    const ticks = [];
    for (let power = from; power <= last; power += step) {
        ticks.push(10 ** power);
    }
    return { min: 10 ** from, max: 10 ** last, isLog: true, unit, label, ticks };
}
