// SPDX-License-Identifier: MIT
//
// The newest figures of some rows, subject beside subject, with a table that has their ratio to the
// row's peer.

const figureColumns = [
    { key: 'row', label: 'Row' },
    { key: 'subject', label: 'Subject' },
    {
        key: 'value',
        label: 'Value',
        isNumber: true,
        format: (v, line) => formatQuantity(v, line.unit),
    },
    {
        key: 'to_peer',
        label: 'Over the peer',
        isNumber: true,
        format: (v) => (v === null ? absent : `×${formatNumber(v)}`),
    },
    { key: 'peer', label: 'Peer' },
    { key: 'unit', label: 'Unit' },
    { key: 'commit', label: 'Commit', format: shortHash },
];

function figureData(commit, rows) {
    return rows.flatMap((row) =>
        [...commit.cells.get(row.name)]
            .sort(([a], [b]) => compareSubjects(a, b))
            .map(([subject, cell]) => {
                const peer = row.peer ? medianOf(commit, row.name, row.peer) : null;
                return {
                    row: row.name,
                    subject,
                    value: cell.median,
                    to_peer: peer ? cell.median / peer : null,
                    peer: row.peer || null,
                    unit: row.unit,
                    commit: commit.hash,
                };
            }),
    );
}

function laneValues(commit, rows) {
    return rows
        .flatMap((row) => [...commit.cells.get(row.name).values()].map((cell) => cell.median))
        .filter((value) => value > 0);
}

function lanePanels(commit, rows) {
    return rows
        .map((row) => ({
            title: row.name,
            items: [...commit.cells.get(row.name)]
                .filter(([, cell]) => cell.median > 0)
                .sort(([a], [b]) => compareSubjects(a, b))
                .map(([subject, cell]) => ({ subject, value: cell.median })),
        }))
        .filter((panel) => panel.items.length > 0);
}

// Rows of several parts (memory/..., resident/...) are shown part by part. False where there are none.
function addFigures(
    machine,
    section,
    rows,
    makeScale,
    partNames = {},
    partOf = (row) => rowPart(row.name),
) {
    const commit = newestCommit(machine, (candidate) =>
        rows.some((row) => candidate.cells.has(row.name)),
    );
    if (!commit) {
        return false;
    }
    const inIt = rows.filter((row) => commit.cells.has(row.name));
    const order = Object.keys(partNames);
    const parts = [...new Set(inIt.map(partOf))].sort(
        (a, b) => order.indexOf(a) - order.indexOf(b),
    );
    const place = element('div');
    const draw = (part) => {
        const chosen = inIt.filter((row) => partOf(row) === part);
        const values = laneValues(commit, chosen);
        place.replaceChildren(
            subjectChips(
                subjectsOf(
                    machine,
                    chosen.map((row) => row.name),
                    [commit],
                ),
            ),
            ...(values.length ? [createLanes(lanePanels(commit, chosen), makeScale(values))] : []),
        );
    };
    const choice = segments(
        'Rows',
        parts.map((part) => [part, partNames[part] || part]),
        parts[0],
        draw,
    );
    section.content.append(
        parts.length > 1 ? element('div', { class: 'controls' }, choice) : '',
        place,
        element(
            'p',
            { class: 'caption' },
            'Measured at ',
            commitLink(commit, `${commit.short} ${commit.title}`),
            '.',
        ),
    );
    draw(parts[0]);
    section.setData(figureColumns, figureData(commit, inIt), `Figures of ${commit.short}`);
    return true;
}
