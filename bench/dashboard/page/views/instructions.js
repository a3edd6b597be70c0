// SPDX-License-Identifier: MIT
//
// Instructions, as callgrind counts them: the same in every run, so that every step is a change.

function viewInstructions(machine) {
    const section = createSection('instructions', 'Instructions',
        'Counted by callgrind on fixed workloads, not timed: the same code gives the same count on every run, so a step in the trend is a change of the '
        + 'code. Further left is better; hollow dots are the levels without hardening. The scale is logarithmic.');
    const rows = rowsWhere(machine, (row) => row.unit === 'instructions');
    const commit = newestCommit(machine, (candidate) => rows.some((row) => candidate.cells.has(row.name)));
    if (!commit) {
        section.setAbsent('No instructions were counted.', "./bed bench --filter '^instructions/'");
        return section;
    }
    const inIt = rows.filter((row) => commit.cells.has(row.name));
    const values = laneValues(commit, inIt);
    const trend = element('div');
    section.content.append(subjectChips(subjectsOf(machine, inIt.map((row) => row.name), [commit])),
        createLanes(lanePanels(commit, inIt), logScale(values, 'instructions', '')),
        element('h3', {}, 'Through the commits'), trend);
    addTrend(machine, { content: trend, setData: section.setData }, rows, inIt[0].name);
    return section;
}

function laneValues(commit, rows) {
    return rows.flatMap((row) => [...commit.cells.get(row.name).values()].map((cell) => cell.median)).filter((value) => value > 0);
}

function lanePanels(commit, rows, title = (row) => row.name) {
    return rows.map((row) => ({
        title: title(row),
        items: [...commit.cells.get(row.name)].filter(([, cell]) => cell.median > 0).sort(([a], [b]) => compareSubjects(a, b))
            .map(([subject, cell]) => ({ subject, value: cell.median })),
    }));
}

// The newest figures of some rows as a table, with their ratio to the row's peer.
const figureColumns = [
    { key: 'row', label: 'Row' }, { key: 'subject', label: 'Subject' },
    { key: 'value', label: 'Value', isNumber: true, format: (v, line) => formatQuantity(v, line.unit) },
    { key: 'to_peer', label: 'Over the peer', isNumber: true, format: (v) => (v === null ? absent : `×${formatNumber(v)}`) },
    { key: 'peer', label: 'Peer' }, { key: 'unit', label: 'Unit' }, { key: 'commit', label: 'Commit', format: shortHash },
];

function figureData(commit, rows) {
    return rows.flatMap((row) => [...commit.cells.get(row.name)].sort(([a], [b]) => compareSubjects(a, b)).map(([subject, cell]) => {
        const peer = row.peer ? medianOf(commit, row.name, row.peer) : null;
        return {
            row: row.name, subject, value: cell.median, to_peer: peer ? cell.median / peer : null, peer: row.peer || null,
            unit: row.unit, commit: commit.hash,
        };
    }));
}
