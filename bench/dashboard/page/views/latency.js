// SPDX-License-Identifier: MIT
//
// Time against the length of the free list, both logarithmic, with the fitted exponent.

function viewLatency(machine) {
    const section = createSection(
        'latency',
        'Latency against the length of the free list',
        'Both axes are logarithmic: a line that climbs as steeply as the grid is O(n), a flat one does not care how many free blocks there are. ' +
            'The line is the median of one call, its band reaches from p10 to p99.9; n^x beside a name is the fitted exponent. The band is timed in batches by the clock, its reading taken off.',
    );
    const families = latencyFamilies(machine);
    if (families.length === 0) {
        section.setAbsent(
            'No row was measured at several lengths of the free list.',
            "./bed bench --filter '^select/'",
        );
        addSideBySide(machine, section);
        return section;
    }
    const origin = element('p', { class: 'caption' });
    const chips = element('div');
    const place = element('div');
    const draw = (family) => drawLatency(machine, section, { origin, chips, place }, family);
    section.content.append(
        element(
            'div',
            { class: 'controls' },
            segments(
                'Sizes of the free blocks',
                families.map((family) => [family, family]),
                families[0],
                draw,
            ),
        ),
        chips,
        place,
        origin,
    );
    draw(families[0]);
    addSideBySide(machine, section);
    return section;
}

// What is not measured at several lengths: the calls of the interface, with the peers.
function addSideBySide(machine, section) {
    const rows = rowsWhere(machine, (row) => row.unit === 'nanoseconds' && !row.family);
    const names = {
        calls: 'Calls',
        trace: 'Recorded programs',
        cold: 'Cold caches',
        select: 'Worst inputs found',
    };
    const partOf = (row) => (names[rowPart(row.name)] ? rowPart(row.name) : 'calls');
    if (rows.length > 0) {
        addFigures(
            machine,
            section.addPart(
                'calls',
                'Other calls, side by side',
                'A dot is the median of all launches of one subject. The scale is logarithmic: from one grid line to the next it is ten times as long, or more. Further left is better.',
            ),
            rows,
            (values) => logScale(values, 'nanoseconds', ''),
            names,
            partOf,
        );
    }
}

// select_block first: it is what the core is about.
function latencyFamilies(machine) {
    const lengths = new Map();
    rowsWhere(machine, (row) => row.family && row.length > 0).forEach((row) =>
        lengths.set(row.family, (lengths.get(row.family) || 0) + 1),
    );
    const rank = (family) => (family.startsWith('select') ? 0 : 1);
    return [...lengths]
        .filter(([, count]) => count > 1)
        .map(([family]) => family)
        .sort((a, b) => rank(a) - rank(b));
}

// From p10 to p99.9, or to the highest percentile that enough calls were timed for.
function spreadOf(cell) {
    const { p10, p50, p90, p99, p999 } = (cell && cell.percentiles) || {};
    const high = p999 ?? p99 ?? p90;
    return high === undefined ? [null, null] : [p10 ?? p50, high];
}

function drawLatency(machine, section, { origin, chips, place }, family) {
    const all = rowsWhere(machine, (row) => row.family === family).sort(
        (a, b) => a.length - b.length,
    );
    const commit =
        newestCommit(
            machine,
            (candidate) => all.filter((row) => candidate.cells.has(row.name)).length > 1,
        ) || newestCommit(machine, (candidate) => all.some((row) => candidate.cells.has(row.name)));
    const rows = all.filter((row) => commit.cells.has(row.name));
    const subjects = subjectsOf(
        machine,
        rows.map((row) => row.name),
        [commit],
    );
    const exponent = (subject) => commit.fits.get(`${family} ${subject}`);
    const notes = new Map(
        subjects
            .filter((subject) => Number.isFinite(exponent(subject)))
            .map((subject) => [subject, `n^${formatExponent(exponent(subject))}`]),
    );
    const lines = subjects.map((subject) => {
        const cells = rows.map((row) => cellOf(commit, row.name, subject));
        return {
            subject,
            values: cells.map((cell) => (cell ? cell.median : null)),
            low: cells.map((cell) => spreadOf(cell)[0]),
            high: cells.map((cell) => spreadOf(cell)[1]),
            name: notes.has(subject) ? `${subject}  ${notes.get(subject)}` : subject,
        };
    });
    const lengths = rows.map((row) => row.length);
    chips.replaceChildren(subjectChips(subjects, notes));
    origin.replaceChildren(
        'Measured at ',
        commitLink(commit, `${commit.short} ${commit.title}`),
        '.',
    );
    replaceChart(place, {
        label: `${family}: time of one call against the number of free blocks`,
        height: 400,
        lines,
        x: {
            values: lengths,
            isLog: true,
            base: 2,
            label: 'free blocks',
            format: (value) => wholeNumber.format(value),
            ticks: (least, most, width) =>
                thinTicks(
                    lengths.filter((value) => value >= least && value <= most),
                    width / 74,
                ),
            range: (plot, least, most) => [least, most],
        },
        y: { unit: rows[0].unit, label: unitLabel(rows[0].unit), isLog: true },
        tip: (index) => ({
            title: `${wholeNumber.format(lengths[index])} free blocks`,
            note: 'median, and p10 to p99.9 (or the highest that was measured)',
        }),
    });
    section.setData(
        latencyColumns,
        latencyData(rows, subjects, commit, family),
        `${family} at ${commit.short}`,
    );
}

function thinTicks(values, most) {
    const step = Math.max(1, Math.ceil(values.length / Math.max(2, most)));
    return values.filter((value, index) => index % step === 0);
}

const percentileKeys = ['p10', 'p50', 'p90', 'p99', 'p999', 'max'];
const percentileNames = {
    p10: 'p10',
    p50: 'p50',
    p90: 'p90',
    p99: 'p99',
    p999: 'p99.9',
    max: 'max',
};

function percentileColumns() {
    return percentileKeys.map((key) => ({
        key,
        label: percentileNames[key],
        isNumber: true,
        format: (v, row) => formatQuantity(v, row.unit),
    }));
}

const latencyColumns = [
    { key: 'subject', label: 'Subject' },
    { key: 'length', label: 'Free blocks', isNumber: true, format: (v) => formatNumber(v) },
    {
        key: 'median',
        label: 'Median',
        isNumber: true,
        format: (v, row) => formatQuantity(v, row.unit),
    },
    ...percentileColumns(),
    {
        key: 'exponent',
        label: 'Exponent',
        isNumber: true,
        format: formatExponent,
    },
    { key: 'unit', label: 'Unit' },
];

function latencyData(rows, subjects, commit, family) {
    return subjects.flatMap((subject) =>
        rows
            .map((row) => ({ row, cell: cellOf(commit, row.name, subject) }))
            .filter(({ cell }) => cell)
            .map(({ row, cell }) => ({
                subject,
                length: row.length,
                median: cell.median,
                ...cell.percentiles,
                unit: row.unit,
                exponent: commit.fits.get(`${family} ${subject}`) ?? null,
            })),
    );
}
