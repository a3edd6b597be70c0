// SPDX-License-Identifier: MIT
//
// A small history whose every figure is known, with texts that try to be more than text.

export const hostileTitle = '</script><img src=x onerror="window.hacked=1"><b>bold</b>';
export const formulaTitle = '=HYPERLINK("file:///etc/passwd","look")';
const hostileText = '<svg onload="window.hacked=1">&amp;</svg>';
const fingerprint = '00000000000000aa';
const hashes = ['1', '2', '3'].map((digit) => digit.repeat(40));

export const lengths = [16, 256, 4096, 65536];

function cell(subject, samples, withPercentiles = false) {
    const sorted = [...samples].sort((a, b) => a - b);
    const median = sorted[sorted.length >> 1];
    const percentiles = {
        p10: median * 0.9,
        p50: median,
        p90: median * 1.5,
        p99: median * 2,
        p999: median * 4,
        max: median * 100,
    };
    return { subject, median, samples, ...(withPercentiles ? { percentiles } : {}) };
}

function row(name, unit, cells, more = {}) {
    return { name, unit, direction: 'lower', cells, ...more };
}

// Each commit is a tenth slower than the one before it.
function rowsOf(index) {
    const factor = 1.1 ** index;
    const timed = (value) => [value, value * 1.01, value * 0.99].map((sample) => sample * factor);
    return [
        ...lengths.map((length) =>
            row(
                `select/${length}-log`,
                'nanoseconds',
                [
                    cell('list', timed(length), true),
                    cell('default-on', timed(2), true),
                    cell('./<i>mine</i>.so', timed(5), true),
                ],
                { family: 'select/log', length, peer: 'list' },
            ),
        ),
        row(
            'pair/4096-small',
            'nanoseconds',
            [cell('default-on', timed(12), true), cell('glibc', timed(16), true)],
            { peer: 'glibc' },
        ),
        row(
            'instructions/pair',
            'instructions',
            [cell('default-on', [180 + 10 * index]), cell('glibc', [148])],
            { peer: 'glibc' },
        ),
        row('memory/git-log', 'ratio', [cell('list', [1.059]), cell('default-on', [1.004])]),
        row('code/x86-64', 'bytes', [cell('list', [1457]), cell('default-on', [6873])]),
    ];
}

function recordOf(index) {
    const titles = ['The first', hostileTitle, formulaTitle];
    return {
        schema: 'heapbed-history/1',
        commit: hashes[index],
        parent: index ? hashes[index - 1] : '',
        commit_date: `2026-01-0${index + 1}T00:00:00Z`,
        date: `2026-01-0${index + 1}T01:00:00Z`,
        title: titles[index],
        is_dirty: false,
        is_quick: true,
        fingerprint,
        machine: {
            cpu: `Some ${hostileText}`,
            cores: 2,
            system: 'Debian',
            kernel: '6.1',
            compiler: 'Clang 19',
            flags: '-O3',
            load: 0.1,
            versions: { glibc: '2.36' },
        },
        rows: rowsOf(index),
        fits: [
            { family: 'select/log', subject: 'list', exponent: 1 },
            { family: 'select/log', subject: 'default-on', exponent: 0 },
        ],
        series: [
            {
                name: 'resident/git-log',
                subject: 'glibc',
                x: 'calls',
                values: [
                    [0, 2],
                    [100, 1.5],
                ],
            },
            {
                name: 'fragmentation/git-log',
                subject: 'default-on',
                x: 'calls',
                values: [
                    [0, 1],
                    [100, 1.02],
                    [200, 1.01],
                ],
            },
        ],
    };
}

// What ./bed history add writes: no rows, and a machine without versions.
function searchOf(index) {
    const { rows, fits, series, ...record } = recordOf(index);
    return {
        ...record,
        fingerprint: '00000000000000bb',
        rows: [],
        fuzz: {
            executions_per_second: 9000 + index,
            operations_per_second: 800000,
            coverage_edges: 1900,
            corpus_files: 800,
            engine: hostileText,
        },
        bugs: {
            planted: 142,
            detected: 142,
            median_seconds: 0.8,
            oracles: { place: 100, status: 42 },
            classes: { 'index / place': 100, 'free / status': 41, 'range / status': 1 },
            false_alarms: 0,
        },
        mutation: {
            mutants: 3068,
            killed: 2865,
            listed: 203,
            survivors: 0,
            score_raw: 0.934,
            score_corrected: 1,
        },
        matrix: { cells: 524, failures: 0, reported: { asan: 507, valgrind: 400 } },
    };
}

// An hour each; the third finds something. A campaign that was killed forgets what it had not written.
function momentOf(index) {
    return {
        time: `2026-01-03T0${index}:00:00Z`,
        seconds: 3600 * index,
        executions: 720000 * index,
        operations: 7200000 * index,
        edges_libfuzzer: 1000 + 100 * index,
        edges_afl: 1500 + 50 * index,
        corpus_libfuzzer: 300 * index,
        corpus_afl: 400 * index,
        findings: index >= 3 ? 1 : 0,
        unreproduced: 0,
        waiting: 0,
        stability: 98.5,
    };
}

const campaign = {
    folder: `out/campaign/${hostileText}`,
    moments: [0, 1, 2, 3, 4].map(momentOf),
    newest: {
        ...momentOf(4),
        merges: 7,
        minimised: 3,
        roles: [
            { name: 'lockstep-afl-main', turns: 2, executions: 1234567, edges: 1700, stability: 98.5 },
            { name: 'lockstep-libfuzzer-plain', turns: 2, executions: 1645433, edges: 1400 },
        ],
    },
    findings: [
        {
            name: 'place-0badcafe',
            oracle: 'place',
            harness: 'lockstep',
            operations: 4,
            operation: hostileText,
            expected: 'block 0 at +64',
            actual: formulaTitle,
        },
    ],
};

export const sample = {
    schema: 'heapbed-page/1',
    generated: '2026-01-04T00:00:00Z',
    records: [...[0, 1, 2].map(recordOf), ...[1, 2].map(searchOf)],
    annotations: [
        {
            schema: 'heapbed-annotation/1',
            commit: hashes[1],
            kind: 'cause',
            rows: 'select',
            subjects: '',
            text: hostileText,
            date: '2026-01-02T00:00:00Z',
        },
        {
            schema: 'heapbed-annotation/1',
            commit: hashes[1],
            kind: 'cause',
            rows: '(',
            subjects: '',
            text: 'no expression',
            date: '2026-01-02T00:00:00Z',
        },
    ],
    campaigns: [campaign],
    change_points: [
        {
            fingerprint,
            row: 'select/4096-log',
            subject: 'default-on',
            commit: hashes[1],
            before: 2,
            after: 2.2,
            significance: 0.01,
        },
    ],
    verdicts: [
        {
            fingerprint,
            row: 'pair/4096-small',
            subject: 'default-on',
            unit: 'nanoseconds',
            from: hashes[1],
            to: hashes[2],
            change: 0.1,
            low: 0.08,
            high: 0.12,
            noise: 0.01,
            verdict: 'slower',
        },
        {
            fingerprint,
            row: 'pair/4096-small',
            subject: 'glibc',
            unit: 'nanoseconds',
            from: hashes[1],
            to: hashes[2],
            change: 0.001,
            low: -0.01,
            high: 0.01,
            noise: 0.01,
            verdict: 'no difference seen',
        },
    ],
};
