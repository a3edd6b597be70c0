// SPDX-License-Identifier: MIT
//
// One commit in a window of its own: its samples, and its comparison with any other commit of the
// same machine. The address of the page names both, so that it can be linked to.

function commitLink(commit, text) {
    return element('a', { href: `#commit/${commit.hash}` }, text);
}

function openCommit(machine, commit, other) {
    const window_ =
        document.getElementById('commit-window') ||
        element('dialog', { id: 'commit-window', 'aria-labelledby': 'commit-title' });
    const index = machine.commits.indexOf(commit);
    const base = other || machine.commits[Math.max(0, index - 1)];
    const body = element('div');
    const choices = [...machine.commits]
        .reverse()
        .filter((candidate) => candidate !== commit)
        .map((candidate) => [
            candidate.hash,
            `${candidate.short} ${formatDate(candidate.date)} ${candidate.title}`.slice(0, 90),
        ]);
    const compare = (hash) =>
        showComparison(machine, body, commit, machine.commits[commitIndex(machine, hash)] || null);
    window_.replaceChildren(
        commitHead(window_, commit),
        commitFacts(machine, commit),
        choices.length
            ? element(
                  'div',
                  { class: 'controls' },
                  picker('Compare with', [[null, choices]], base.hash, compare),
              )
            : '',
        body,
    );
    window_.addEventListener(
        'close',
        () => history.replaceState(null, '', location.pathname + location.search),
        { once: true },
    );
    document.body.append(window_);
    if (!window_.open) {
        window_.showModal();
    }
    compare(base === commit ? '' : base.hash);
}

function commitHead(window_, commit) {
    return element(
        'header',
        {},
        element('h2', { id: 'commit-title' }, commit.title || commit.short),
        element('button', { type: 'button', onclick: () => window_.close() }, 'Close'),
    );
}

function commitFacts(machine, commit) {
    const record = commit.records[commit.records.length - 1];
    const { cpu, cores, system, kernel, compiler, flags, load, versions } = record.machine || {};
    const facts = [
        ['Commit', `${commit.hash}${commit.isDirty ? ', with changes that are in no commit' : ''}`],
        ['Committed', formatTime(commit.date)],
        [
            'Measured',
            commit.records
                .map((one) => `${formatTime(one.date)}${one.is_quick ? ' (quick)' : ''}`)
                .join('; '),
        ],
        [
            'Machine',
            [cpu, cores && `${cores} cores`, system, kernel, load !== undefined && `load ${load}`]
                .filter(Boolean)
                .join(', '),
        ],
        ['Compiler', [compiler, flags].filter(Boolean).join(' ')],
        [
            'Allocators',
            Object.entries(versions || {})
                .map(([name, version]) => `${name} ${version}`)
                .join(', '),
        ],
        [
            'Notes',
            machine.annotations
                .filter((note) => note.commit === commit.hash)
                .map((note) => `${note.kind}: ${note.text}`)
                .join('; '),
        ],
    ];
    return element(
        'dl',
        { class: 'facts' },
        facts
            .filter(([, text]) => text)
            .map(([name, text]) => [element('dt', {}, name), element('dd', {}, text)]),
    );
}

// What is counted once is exact: any difference beyond the least is one.
function judgeChange(before, after, unit) {
    const change = relativeChange(before.median, after.median);
    const interval = changeInterval(before.samples, after.samples);
    const noise = noiseBetween(before.samples, after.samples, unit);
    const isSure = interval
        ? interval.low > 0 || interval.high < 0
        : before.samples.length < 2 && after.samples.length < 2;
    return {
        change,
        low: interval ? interval.low : null,
        high: interval ? interval.high : null,
        noise,
        isChanged: isSure && Math.abs(change) > noise,
    };
}

function compareCommits(machine, commit, base) {
    const lines = [];
    for (const [name, cells] of commit.cells) {
        const row = machine.rows.get(name);
        for (const [subject, cell] of cells) {
            const before = cellOf(base, name, subject);
            lines.push({
                row: name,
                subject,
                unit: row.unit,
                direction: row.direction,
                median: cell.median,
                base: before ? before.median : null,
                ...(before
                    ? judgeChange(before, cell, row.unit)
                    : { change: null, low: null, high: null, noise: null, isChanged: false }),
                samples: cell.samples,
                base_samples: before ? before.samples : [],
            });
        }
    }
    return lines;
}

const comparisonColumns = [
    { key: 'row', label: 'Row' },
    { key: 'subject', label: 'Subject' },
    {
        key: 'base',
        label: 'Other',
        isNumber: true,
        format: (v, line) => formatQuantity(v, line.unit),
    },
    {
        key: 'median',
        label: 'This',
        isNumber: true,
        format: (v, line) => formatQuantity(v, line.unit),
    },
    { key: 'change', label: 'Change', isNumber: true, format: (v, line) => changeMark(line) },
    { key: 'low', label: 'from', isNumber: true, format: formatChange },
    { key: 'high', label: 'to', isNumber: true, format: formatChange },
    { key: 'noise', label: 'Noise floor', isNumber: true, format: formatChange },
    { key: 'samples', label: 'Samples of this', format: (v, line) => sampleStrip(line) },
];

function changeMark(line) {
    const kind = !line.isChanged ? '' : isWorse(line.change, line.direction) ? ' slower' : ' faster';
    return element(
        'span',
        { class: `change${kind}` },
        formatChange(line.change),
        line.low === null ? null : intervalBar(line),
    );
}

function sampleStrip(line) {
    const all = [...line.samples, ...line.base_samples, line.median];
    const least = Math.min(...all);
    const reach = Math.max(...all) - least;
    const left = (value) => `${reach ? 3 + (94 * (value - least)) / reach : 50}%`;
    const text = line.samples.map((value) => formatQuantity(value, line.unit)).join(', ');
    return element(
        'span',
        { class: 'samples', role: 'img', 'aria-label': text, title: text },
        line.samples.map((value) => element('i', { style: { left: left(value) } })),
        element('i', { class: 'median', style: { left: left(line.median) } }),
    );
}

// The rows in which it changed most come first.
function comparisonOrder(one, other) {
    const weight = (line) =>
        line.change === null
            ? -1
            : Math.abs(Math.log1p(line.change)) + (line.isChanged ? 10 : 0);
    return weight(other) - weight(one);
}

function showComparison(machine, body, commit, base) {
    const lines = compareCommits(machine, commit, base).sort(comparisonOrder);
    history.replaceState(null, '', `#commit/${commit.hash}${base ? `/${base.hash}` : ''}`);
    const reading = base
        ? 'Medians of all launches, their change with its 95% interval, and the noise floor: 3% of a time (0.5% of what is counted), or what the launches scatter. ' +
          'Coloured: the whole interval is clear of zero, and the change beyond the floor. With three launches an interval is little more than their range; and these are two visits to a machine: ./bed compare measures both in turns, and gives the verdict.'
        : 'This is the only commit of this machine: there is nothing to compare it with.';
    const save = (format, make) =>
        element(
            'button',
            {
                type: 'button',
                'data-download': format,
                onclick: () =>
                    download(
                        `heapbed-${commit.short}.${format}`,
                        format,
                        make(comparisonColumns, lines),
                    ),
            },
            `Download ${format.toUpperCase()}`,
        );
    body.replaceChildren(
        element('p', { class: 'reading' }, reading),
        createTable(comparisonColumns, lines, 'Comparison of two commits'),
        element('div', { class: 'controls data' }, save('csv', toCsv), save('json', toJson)),
    );
}

// #commit/HASH and #commit/HASH/OTHER, by any machine that knows them.
function openAddress(model, showMachine) {
    const found = /^#commit\/([0-9a-f]{7,40})(?:\/([0-9a-f]{7,40}))?$/.exec(location.hash);
    if (!found) {
        return;
    }
    const find = (machine, prefix) =>
        machine.commits.find((commit) => prefix && commit.hash.startsWith(prefix));
    const machine = [showMachine(), ...model.machines].find((candidate) =>
        find(candidate, found[1]),
    );
    if (machine) {
        openCommit(machine, find(machine, found[1]), find(machine, found[2]));
    }
}
