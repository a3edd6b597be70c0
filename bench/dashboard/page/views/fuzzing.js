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
    const parts = Object.fromEntries(
        ['fuzz', 'bugs', 'mutation'].map((part) => [
            part,
            newestCommit(machine, (commit) => commit[part]),
        ]),
    );
    if (!parts.fuzz && !parts.bugs && !parts.mutation) {
        section.setAbsent(
            'No record has figures of the search.',
            './bed fuzz, ./bed bugs and ./bed mutate, then ./bed bench',
        );
        return section;
    }
    section.content.append(fuzzTiles(parts));
    const panels = element('div', { class: 'panels' });
    section.content.append(panels);
    if (parts.bugs && Object.keys(parts.bugs.bugs.oracles || {}).length) {
        panels.append(oraclePanel(parts.bugs.bugs));
    }
    if (parts.mutation) {
        panels.append(mutationPanel(parts.mutation.mutation));
    }
    addFuzzTrend(machine, section);
    section.setData(
        fuzzColumns(),
        fuzzData(machine),
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
        const part = fuzz.fuzz;
        tile('Executions a second', formatNumber(part.executions_per_second), part.engine || '');
        tile('Checked operations a second', formatNumber(part.operations_per_second), '');
        tile('Coverage', formatNumber(part.coverage_edges), 'edges reached');
        tile('Corpus', formatNumber(part.corpus_files), 'inputs');
    }
    if (bugs) {
        const part = bugs.bugs;
        tile(
            'Planted bugs found',
            `${part.detected} of ${part.planted}`,
            Number.isFinite(part.median_seconds)
                ? `median ${formatNumber(part.median_seconds)} s`
                : '',
        );
        tile('False alarms', formatNumber(part.false_alarms), 'on the clean core');
    }
    if (mutation) {
        const part = mutation.mutation;
        tile(
            'Mutation score',
            formatQuantity(asPercent(part.score_corrected), 'percent'),
            `${formatQuantity(asPercent(part.score_raw), 'percent')} before the reviewed list`,
        );
    }
    return element('dl', { class: 'tiles' }, tiles);
}

function oraclePanel(bugs) {
    const items = Object.entries(bugs.oracles)
        .sort((a, b) => b[1] - a[1])
        .map(([name, value]) => ({ name, value }));
    return countPanel('Planted bugs by the oracle that found them', items);
}

function mutationPanel(mutation) {
    const items = [
        ['noticed', mutation.killed],
        ['no difference (reviewed)', mutation.listed],
        ['unnoticed', mutation.survivors],
    ]
        .filter(([, value]) => Number.isFinite(value))
        .map(([name, value]) => ({ name, value }));
    return countPanel(`What became of ${wholeNumber.format(mutation.mutants)} mutants`, items);
}

function countPanel(title, items) {
    const scale = {
        ...barScale(
            items.map((item) => item.value),
            'count',
            '',
        ),
        unit: 'count',
    };
    return element(
        'div',
        { class: 'panel' },
        element('h3', {}, title),
        createPanel({ items }, scale),
    );
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
    const has = ([, , read]) =>
        machine.commits.filter((commit) => Number.isFinite(read(commit))).length > 1;
    const figures = fuzzFigures.filter(has);
    if (figures.length === 0) {
        return;
    }
    const place = element('div');
    const draw = (key) => {
        const [, label, read] = figures.find(([name]) => name === key);
        const commits = machine.commits.filter((commit) => Number.isFinite(read(commit)));
        replaceChart(place, {
            label: `${label} through the commits`,
            height: 240,
            lines: [{ name: label, values: commits.map(read) }],
            x: commitAxis(commits),
            y: { unit: 'count', label, range: looseRange },
            onPick: (index) => openCommit(machine, commits[index]),
            tip: (index) => ({
                title: `${commits[index].short} ${commits[index].title}`,
                note: formatDate(commits[index].date),
            }),
        });
    };
    section.content.append(
        element('h3', {}, 'Through the commits'),
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
        { key: 'oracles', label: 'Oracles', isWide: true },
    ];
}

function fuzzData(machine) {
    return [...machine.commits]
        .reverse()
        .filter((commit) => commit.fuzz || commit.bugs || commit.mutation)
        .map((commit) => ({
            commit: commit.hash,
            date: commit.date,
            ...Object.fromEntries(fuzzFigures.map(([key, , read]) => [key, read(commit) ?? null])),
            oracles: commit.bugs
                ? Object.entries(commit.bugs.oracles || {})
                      .map(([name, count]) => `${name} ${count}`)
                      .join(', ')
                : null,
        }));
}
