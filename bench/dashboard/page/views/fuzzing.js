// SPDX-License-Identifier: MIT
//
// How fast the bed searches, how far it gets, and how much it notices.

function viewFuzzing(machine) {
    const section = createSection(
        'fuzzing',
        'Fuzzing, planted bugs and mutants',
        'How fast the bed searches and how much of the core it reaches, which oracle found how many of the bugs that were planted on purpose, and ' +
            'how many of all small changes to the core somebody noticed. Scores should be at 100%, false alarms at none.',
    );
    const { search } = machine;
    if (!search) {
        section.setAbsent(
            'No record has figures of the search.',
            './bed fuzz, bugs, mutate or matrix with --json FILE, then ./bed history add',
        );
        return section;
    }
    const newest = Object.fromEntries(
        searchParts.map((part) => [
            part,
            (newestCommit(search, (commit) => commit[part]) || {})[part],
        ]),
    );
    section.content.append(
        fuzzTiles(newest),
        element('div', { class: 'panels' }, searchPanels(newest)),
        element(
            'p',
            { class: 'caption' },
            `Executions a second are those of ${describeMachine(search)}.`,
        ),
    );
    addBugTable(newest.bugs, section);
    addFuzzTrend(machine, section);
    section.setData(
        fuzzColumns(),
        fuzzData(search),
        'Search, planted bugs and mutants, all commits',
    );
    return section;
}

// A share may be written as 0.97 or as 97.
function asPercent(score) {
    return score === null || score === undefined ? null : score <= 1 ? score * 100 : score;
}

function fuzzTiles({ fuzz, bugs, mutation }) {
    const tiles = [];
    const tile = (name, value, note) =>
        tiles.push(
            element(
                'div',
                { class: 'tile' },
                element('dt', {}, name),
                element('dd', {}, value, note ? element('small', {}, note) : null),
            ),
        );
    if (fuzz) {
        tile('Executions/s', formatNumber(fuzz.executions_per_second), fuzz.engine || '');
        tile('Checked operations/s', formatNumber(fuzz.operations_per_second), '');
        tile('Coverage', formatNumber(fuzz.coverage_edges), 'edges reached');
        tile('Corpus', formatNumber(fuzz.corpus_files), 'inputs');
    }
    if (bugs) {
        tile(
            'Planted bugs found',
            `${bugs.detected} of ${bugs.planted}`,
            Number.isFinite(bugs.median_seconds)
                ? `median ${formatNumber(bugs.median_seconds)} s`
                : '',
        );
        tile('False alarms', formatNumber(bugs.false_alarms), 'on the clean core');
    }
    if (mutation) {
        tile(
            'Mutation score',
            formatQuantity(asPercent(mutation.score_corrected), 'percent'),
            `${formatQuantity(asPercent(mutation.score_raw), 'percent')} before the reviewed list`,
        );
    }
    return element('dl', { class: 'tiles' }, tiles);
}

function searchPanels({ bugs, mutation, matrix }) {
    return [
        bugs && countPanel('Planted bugs by the oracle that found them', counted(bugs.oracles)),
        mutation &&
            countPanel(`What became of ${wholeNumber.format(mutation.counted ?? mutation.mutants)} mutants`, [
                { name: 'noticed', value: mutation.killed },
                { name: 'no difference (reviewed)', value: mutation.listed },
                { name: 'unnoticed', value: mutation.survivors },
            ]),
        matrix &&
            countPanel(
                `Of ${wholeNumber.format(matrix.cells)} memory errors, reported by`,
                counted(matrix.reported),
            ),
    ];
}

function counted(counts) {
    return Object.entries(counts || {})
        .sort((a, b) => b[1] - a[1])
        .map(([name, value]) => ({ name, value }));
}

function countPanel(title, all) {
    const items = all.filter(({ value }) => Number.isFinite(value));
    if (items.length === 0) {
        return null;
    }
    const scale = barScale(
        items.map((item) => item.value),
        'count',
        '',
    );
    return element(
        'div',
        { class: 'panel' },
        element('h3', {}, title),
        createPanel({ items }, scale),
    );
}

// Class by oracle, the oracle that found most first; what nobody found is the last column.
function addBugTable(bugs, section) {
    const cells = Object.entries((bugs && bugs.classes) || {}).map(([names, count]) => {
        const [name, oracle] = names.split(' / ');
        return { name, oracle: oracle || 'missed', count };
    });
    if (cells.length === 0) {
        return;
    }
    const sums = (key) => {
        const counts = new Map();
        cells.forEach((cell) => counts.set(cell[key], (counts.get(cell[key]) || 0) + cell.count));
        return [...counts].sort((a, b) => b[1] - a[1]).map(([name]) => name);
    };
    const oracles = sums('oracle').sort((a, b) => (a === 'missed') - (b === 'missed'));
    const columns = [
        { key: 'class', label: 'What the bug breaks' },
        ...oracles.map((key) => ({ key, label: key, isNumber: true })),
    ];
    const lines = sums('name').map((name) => ({
        class: name,
        ...Object.fromEntries(
            cells.filter((cell) => cell.name === name).map(({ oracle, count }) => [oracle, count]),
        ),
    }));
    const title = 'Planted bugs: what they break, and the oracle that found them';
    const part = section.addPart(
        'bugs',
        title,
        'A line is what the bugs break, a column the oracle that objected first. A line with one number would be seen by one oracle alone; nothing should be in a column named missed.',
    );
    part.content.append(createTable(columns, lines, title));
    part.setData(columns, lines, title);
}

const fuzzFigures = [
    [
        'executions_per_second',
        'Executions a second',
        (commit) => commit.fuzz && commit.fuzz.executions_per_second,
    ],
    [
        'operations_per_second',
        'Checked operations a second',
        (commit) => commit.fuzz && commit.fuzz.operations_per_second,
    ],
    ['coverage_edges', 'Coverage, edges', (commit) => commit.fuzz && commit.fuzz.coverage_edges],
    ['corpus_files', 'Corpus, inputs', (commit) => commit.fuzz && commit.fuzz.corpus_files],
    ['bugs_detected', 'Planted bugs found', (commit) => commit.bugs && commit.bugs.detected],
    ['bugs_planted', 'Planted bugs', (commit) => commit.bugs && commit.bugs.planted],
    ['false_alarms', 'False alarms', (commit) => commit.bugs && commit.bugs.false_alarms],
    [
        'mutation_score',
        'Mutation score, %',
        (commit) => commit.mutation && asPercent(commit.mutation.score_corrected),
    ],
];

function addFuzzTrend(machine, section) {
    const { search } = machine;
    const has = ([, , read]) =>
        search.commits.filter((commit) => Number.isFinite(read(commit))).length > 1;
    const figures = fuzzFigures.filter(has);
    if (figures.length === 0) {
        return;
    }
    const place = element('div');
    const draw = (key) => {
        const [, label, read] = figures.find(([name]) => name === key);
        const commits = search.commits.filter((commit) => Number.isFinite(read(commit)));
        replaceChart(place, {
            label: `${label} through the commits`,
            height: 240,
            lines: [{ name: label, values: commits.map(read) }],
            x: commitAxis(commits),
            y: { unit: 'count', label, range: looseRange },
            onPick: (index) => openCommit(search, commits[index]),
            tip: (index) => ({
                title: `${commits[index].short} ${commits[index].title}`,
                note: formatDate(commits[index].date),
            }),
        });
    };
    section.content.append(
        element('h3', {}, 'Through the commits'),
        element(
            'p',
            { class: 'reading' },
            'One point is one commit, of which the figure was recorded. Coverage, bugs found and the score should only climb; executions a second depend on the machine as well. Click a point for the commit.',
        ),
        element(
            'div',
            { class: 'controls' },
            picker(
                'Figure',
                [[null, figures.map(([key, label]) => [key, label])]],
                figures[0][0],
                draw,
            ),
        ),
        place,
    );
    draw(figures[0][0]);
}

function fuzzColumns() {
    return [
        { key: 'commit', label: 'Commit', format: shortHash },
        { key: 'date', label: 'Date', format: formatDate },
        ...fuzzFigures.map(([key, label]) => ({
            key,
            label,
            isNumber: true,
            format: (v) => formatNumber(v),
        })),
        ...['cells', 'failures'].map((key) => ({
            key: `matrix_${key}`,
            label: `Matrix: ${key}`,
            isNumber: true,
            format: (v) => formatNumber(v),
        })),
        { key: 'oracles', label: 'Oracles', isWide: true },
    ];
}

function fuzzData(machine) {
    return [...machine.commits]
        .reverse()
        .filter((commit) => searchParts.some((part) => commit[part]))
        .map((commit) => ({
            commit: commit.hash,
            date: commit.date,
            ...Object.fromEntries(fuzzFigures.map(([key, , read]) => [key, read(commit) ?? null])),
            matrix_cells: commit.matrix?.cells ?? null,
            matrix_failures: commit.matrix?.failures ?? null,
            oracles: commit.bugs
                ? Object.entries(commit.bugs.oracles || {})
                      .map(([name, count]) => `${name} ${count}`)
                      .join(', ')
                : null,
        }));
}
