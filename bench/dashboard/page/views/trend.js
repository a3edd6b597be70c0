// SPDX-License-Identifier: MIT
//
// One row through the commits, with the points where its level changed.

function viewTrend(machine) {
    const section = createSection(
        'trend',
        'Trend per commit',
        'One point is the median of all launches of one commit. Dashed lines with a wedge are change points: where the level shifted for good, found ' +
            'from at least five commits on each side; they are shown and never fail a build. Grey lines are notes. Click a point for the commit, its ' +
            'samples, and a comparison with any other.',
    );
    const rows = trendRows(machine, () => true);
    if (rows.length === 0) {
        section.setAbsent(
            'No row was measured of a commit as it is (what was measured with changes on top has no place in a trend).',
            './bed bench',
        );
        return section;
    }
    addTrend(machine, section, rows, preferredRow(rows));
    return section;
}

// What was measured with changes that are in no commit is in no trend.
function isInTrend(commit, row) {
    return !commit.isDirty && commit.cells.has(row);
}

function trendRows(machine, isWanted) {
    return rowsWhere(
        machine,
        (row) => isWanted(row) && machine.commits.some((commit) => isInTrend(commit, row.name)),
    );
}

function preferredRow(rows) {
    const wanted = ['select/4096-log', 'pair/4096-small'];
    return wanted.find((name) => rows.some((row) => row.name === name)) || rows[0].name;
}

// Controls, chips and chart; used wherever something is shown through time.
function addTrend(machine, section, rows, firstRow) {
    const chips = element('div');
    const place = element('div');
    const caption = element('p', { class: 'caption' });
    const state = { row: firstRow, mode: machine.commits.length > 1 ? 'share' : 'value' };
    const draw = () => drawTrend(machine, section, { chips, place, caption }, state);
    section.content.append(
        element(
            'div',
            { class: 'controls' },
            picker('Row', rowGroups(rows), firstRow, (row) => {
                state.row = row;
                draw();
            }),
            segments(
                'Scale',
                [
                    ['share', 'Relative to the first'],
                    ['value', 'Value'],
                ],
                state.mode,
                (mode) => {
                    state.mode = mode;
                    draw();
                },
            ),
        ),
        chips,
        place,
        caption,
    );
    draw();
}

function drawTrend(machine, section, { chips, place, caption }, { row, mode }) {
    const commits = machine.commits.filter((commit) => isInTrend(commit, row));
    const subjects = subjectsOf(machine, [row], commits);
    const description = machine.rows.get(row);
    const raw = subjects.map((subject) => commits.map((commit) => medianOf(commit, row, subject)));
    const values = mode === 'share' ? raw.map(asShares) : raw;
    const seen = values
        .filter((line, index) => isShown(subjects[index]))
        .flat()
        .filter((value) => value > 0);
    const unit = mode === 'share' ? 'share' : description.unit;
    const marks = trendMarks(machine, commits, row);
    chips.replaceChildren(subjectChips(subjects));
    replaceChart(place, {
        label: `${row} through ${plural(commits.length, 'commit', 'commits')}`,
        height: 360,
        lines: subjects.map((subject, index) => ({ subject, values: values[index] })),
        x: commitAxis(commits),
        marks,
        onPick: (index) => openCommit(machine, commits[index]),
        y: {
            unit,
            label: unitLabel(unit),
            isLog: isWide(seen),
            range: isWide(seen) ? undefined : looseRange,
        },
        tip: (index) => ({
            title: `${commits[index].short} ${commits[index].title}`,
            note: formatDate(commits[index].date),
        }),
    });
    caption.textContent = trendCaption(description, marks, commits);
    section.setData(
        trendColumns,
        trendData(machine, commits, subjects, row, description),
        `${row}, all commits`,
    );
}

function asShares(values) {
    const first = values.find((value) => value > 0);
    return values.map((value) => (value === null ? null : value / first));
}

// More than a factor of thirty is too much for one linear axis.
function isWide(values) {
    return values.length > 0 && Math.max(...values) > 30 * Math.min(...values);
}

// A flat line of one value is in the middle, and two per cent do not fill the chart.
function looseRange(plot, least, most) {
    const middle = (least + most) / 2;
    const half = Math.max((most - least) * 0.56, Math.abs(middle) * 0.03, 1e-9);
    return [least >= 0 ? Math.max(0, middle - half) : middle - half, middle + half];
}

function commitAxis(commits) {
    const last = Math.max(1, commits.length - 1);
    return {
        values: commits.map((commit, index) => index),
        label: 'commits, oldest to newest (date of the commit)',
        format: (index) => (commits[index] ? formatDate(commits[index].date) : ''),
        range: (plot, least, most) =>
            commits.length < 2
                ? [-0.5, 0.5]
                : [Math.max(-last * 0.01, least), Math.min(last * 1.01, most)],
        ticks: (least, most, width) => {
            const from = Math.max(0, Math.ceil(least));
            const to = Math.min(commits.length - 1, Math.floor(most));
            const all = Array.from(
                { length: Math.max(0, to - from + 1) },
                (unused, index) => from + index,
            );
            return thinTicks(all, width / 96);
        },
    };
}

function trendMarks(machine, commits, row) {
    const at = (hash) => commits.findIndex((commit) => commit.hash === hash);
    const points = machine.changePoints
        .filter((point) => point.row === row)
        .map((point) => ({
            index: at(point.commit),
            subject: point.subject,
            point,
            text: `change point: ${point.subject} ${formatChange(point.after / point.before - 1)}`,
        }));
    const notes = machine.annotations
        .filter((note) => matches(note.rows, row))
        .map((note) => ({
            index: at(note.commit),
            text: `${note.kind}: ${note.text}`,
        }));
    return [...points, ...notes].filter(
        (mark) => mark.index >= 0 && (!mark.subject || isShown(mark.subject)),
    );
}

// A regular expression that a person wrote into a file: a wrong one must not break the page.
function matches(pattern, text) {
    try {
        return !pattern || new RegExp(pattern).test(text);
    } catch {
        return false;
    }
}

function trendCaption(description, marks, commits) {
    const points = marks.filter((mark) => mark.point).length;
    const better = description.direction === 'higher' ? 'Higher is better.' : 'Lower is better.';
    return `${better} ${plural(commits.length, 'commit', 'commits')}, ${plural(points, 'change point', 'change points')} of the subjects shown.`;
}

const trendColumns = [
    { key: 'commit', label: 'Commit', format: shortHash },
    { key: 'date', label: 'Date', format: formatDate },
    { key: 'subject', label: 'Subject' },
    {
        key: 'median',
        label: 'Median',
        isNumber: true,
        format: (v, row) => formatQuantity(v, row.unit),
    },
    { key: 'launches', label: 'Launches', isNumber: true },
    { key: 'change_point', label: 'Change point', isNumber: true, format: formatChange },
    { key: 'title', label: 'Title', isWide: true },
    { key: 'unit', label: 'Unit' },
];

function trendData(machine, commits, subjects, row, description) {
    const shifts = new Map(
        machine.changePoints
            .filter((point) => point.row === row)
            .map((point) => [`${point.commit} ${point.subject}`, point.after / point.before - 1]),
    );
    return [...commits].reverse().flatMap((commit) =>
        subjects
            .filter((subject) => cellOf(commit, row, subject))
            .map((subject) => {
                const cell = cellOf(commit, row, subject);
                return {
                    commit: commit.hash,
                    date: commit.date,
                    subject,
                    median: cell.median,
                    launches: cell.samples.length,
                    change_point: shifts.get(`${commit.hash} ${subject}`) ?? null,
                    title: commit.title,
                    unit: description.unit,
                };
            }),
    );
}
