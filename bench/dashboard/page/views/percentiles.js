// SPDX-License-Identifier: MIT
//
// How the times of single calls are distributed.

// Each nine as far from the last as the one before: p90 at 1, p99 at 2, p99.9 at 3; the maximum at its end.
const percentilePlaces = {
    p10: -Math.log10(0.9),
    p50: -Math.log10(0.5),
    p90: 1,
    p99: 2,
    p999: 3,
    max: 4,
};

function viewPercentiles(machine) {
    const section = createSection(
        'percentiles',
        'Percentile curves',
        'Left to right from the usual call to the rarest: one in two calls is slower than p50, one in a thousand slower than p99.9. ' +
            'Quick calls are timed in batches, with the clock: the table says how many calls a batch has and what reading the clock would add to each; that is taken off. ' +
            'A flat line is an allocator that always takes as long; where a line shoots up, some calls pay for the others.',
    );
    const rows = rowsWhere(machine, (row) =>
        machine.commits.some((commit) => hasPercentiles(commit, row.name)),
    );
    if (rows.length === 0) {
        section.setAbsent('No record has percentiles.', './bed bench');
        return section;
    }
    const chips = element('div');
    const place = element('div');
    const origin = element('p', { class: 'caption' });
    const draw = (row) => drawPercentiles(machine, section, { chips, place, origin }, row);
    const first = (rows.find((row) => row.name.startsWith('pair')) || rows[0]).name;
    section.content.append(
        element('div', { class: 'controls' }, picker('Row', rowGroups(rows), first, draw)),
        chips,
        place,
        origin,
    );
    draw(first);
    return section;
}

function hasPercentiles(commit, row) {
    return [...(commit.cells.get(row) || new Map()).values()].some((cell) => cell.percentiles);
}

function drawPercentiles(machine, section, { chips, place, origin }, row) {
    const commit = newestCommit(machine, (candidate) => hasPercentiles(candidate, row));
    const { unit } = machine.rows.get(row);
    const subjects = subjectsOf(machine, [row], [commit]).filter(
        (subject) => cellOf(commit, row, subject).percentiles,
    );
    const keys = percentileKeys.filter((key) =>
        subjects.some((subject) => Number.isFinite(cellOf(commit, row, subject).percentiles[key])),
    );
    const values = (subject) =>
        keys.map((key) => cellOf(commit, row, subject).percentiles[key] ?? null);
    const places = keys.map((key) => percentilePlaces[key]);
    chips.replaceChildren(subjectChips(subjects));
    origin.replaceChildren(
        'Measured at ',
        commitLink(commit, `${commit.short} ${commit.title}`),
        '.',
    );
    replaceChart(place, {
        label: `${row}: percentiles of the time of one call`,
        hasGaps: true,
        lines: subjects.map((subject) => ({ subject, values: values(subject) })),
        x: {
            values: places,
            label: 'percentile of calls',
            format: (value) => percentileNames[keys[places.indexOf(value)]] || '',
            ticks: (least, most) => places.filter((value) => value >= least && value <= most),
            range: (plot, least, most) => [least, most],
        },
        y: { unit, label: unitLabel(unit), isLog: true },
        tip: (index) => ({ title: percentileNames[keys[index]] }),
    });
    section.setData(
        [
            { key: 'subject', label: 'Subject' },
            ...percentileColumns(),
            {
                key: 'batch',
                label: 'Calls a batch',
                isNumber: true,
                format: (v) => formatNumber(v),
            },
            {
                key: 'timer',
                label: 'The clock itself',
                isNumber: true,
                format: (v, row) => formatQuantity(v, row.unit),
            },
            { key: 'unit', label: 'Unit' },
        ],
        subjects.map((subject) => ({ subject, ...cellOf(commit, row, subject).percentiles, unit })),
        `${row} at ${commit.short}`,
    );
}
