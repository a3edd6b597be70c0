// SPDX-License-Identifier: MIT
//
// Campaigns: coverage, executions, corpus and findings over the hours that the engines ran.

const campaignEngines = { libfuzzer: 'libFuzzer', afl: 'AFL++' };

const campaignCharts = [
    {
        title: 'Coverage',
        label: 'edges reached',
        lines: [
            ['edges_libfuzzer', campaignEngines.libfuzzer],
            ['edges_afl', campaignEngines.afl],
        ],
    },
    {
        title: 'Executions',
        label: 'executions a second',
        lines: [['rate', null, 'executions a second']],
    },
    {
        title: 'Corpus',
        label: 'inputs',
        lines: [
            ['corpus_libfuzzer', campaignEngines.libfuzzer],
            ['corpus_afl', campaignEngines.afl],
        ],
    },
    { title: 'Findings', label: 'different findings', lines: [['findings', null, 'findings']] },
];

function viewCampaign(campaigns) {
    const section = createSection(
        'campaign',
        'Campaigns',
        'What a long search has come to, over the hours that its engines ran: a campaign that was stopped goes on where it was. Coverage that is level ' +
            'while executions go on has found what it can find; the engines count their edges differently. A dashed line marks a new finding.',
    );
    if (campaigns.length === 0) {
        section.setAbsent(
            'No campaign was run here.',
            './bed campaign, then ./bed dashboard --campaign DIR',
        );
        return section;
    }
    const place = element('div');
    const draw = (at) => drawCampaign(section, place, campaigns[Number(at)]);
    if (campaigns.length > 1) {
        const names = campaigns.map((campaign, at) => [String(at), campaign.folder]);
        section.content.append(
            element('div', { class: 'controls' }, picker('Campaign', [[null, names]], '0', draw)),
        );
    }
    section.content.append(place);
    draw(0);
    return section;
}

function hoursOf(moment) {
    return moment.seconds / 3600;
}

// Executions of the time since the moment before; what a killed run had not written down is missing.
function withRates(moments) {
    return moments.map((moment, at) => {
        const before = moments[at - 1];
        const seconds = before ? moment.seconds - before.seconds : 0;
        const rate = seconds > 0 ? (moment.executions - before.executions) / seconds : null;
        return { ...moment, rate };
    });
}

function drawCampaign(section, place, campaign) {
    const moments = withRates(campaign.moments);
    const charts = campaignCharts.map((chart) => {
        const chartPlace = element('div');
        const hasEngines = chart.lines.length > 1;
        const chips = hasEngines ? subjectChips(Object.values(campaignEngines)) : null;
        const group = element(
            'div',
            {},
            element('h3', {}, chart.title),
            element('div', {}, chips),
            chartPlace,
        );
        return { chart, chartPlace, group };
    });
    place.replaceChildren(
        campaignTiles(campaign),
        ...charts.map(({ group }) => group),
        ...campaignLists(campaign),
    );
    charts.forEach(({ chart, chartPlace }) => drawCampaignChart(chartPlace, chart, moments));
    section.setData(campaignColumns(), moments, `Moments of ${campaign.folder}`);
}

// Each finding where it came.
function findingMarks(moments) {
    return moments
        .filter((moment, at) => at > 0 && moment.findings > moments[at - 1].findings)
        .map((moment) => ({ index: hoursOf(moment), text: 'a finding' }));
}

function drawCampaignChart(place, chart, moments) {
    replaceChart(place, {
        label: `${chart.title} of the campaign, by hours of fuzzing`,
        height: 220,
        hasGaps: true,
        lines: chart.lines.map(([key, subject, name]) => ({
            subject,
            name: name || subject,
            values: moments.map((moment) => moment[key] ?? null),
        })),
        marks: findingMarks(moments),
        x: {
            values: moments.map(hoursOf),
            label: 'hours of fuzzing',
            format: (value) => formatNumber(value),
            range: (plot, least, most) => [least, most > least ? most : least + 1],
        },
        y: {
            unit: 'count',
            label: chart.label,
            // From a little below zero, so that a line at zero can be seen.
            range: (plot, least, most) => [-0.04 * Math.max(1, most), 1.06 * Math.max(1, most)],
        },
        tip: (index) => ({
            title: `${formatNumber(hoursOf(moments[index]))} hours`,
            note: formatTime(moments[index].time),
        }),
    });
}

function campaignTiles({ newest, findings }) {
    const tile = (name, value, note) =>
        element(
            'div',
            { class: 'tile' },
            element('dt', {}, name),
            element('dd', {}, value, note ? element('small', {}, note) : null),
        );
    return element('dl', { class: 'tiles' }, [
        tile('Hours of fuzzing', formatNumber(hoursOf(newest)), formatTime(newest.time)),
        tile('Executions', formatNumber(newest.executions), ''),
        tile('Checked operations', formatNumber(newest.operations), ''),
        tile('Findings', formatQuantity(findings.length, 'count'), `${newest.waiting ?? 0} to look at`),
        tile(
            'Stability',
            newest.stability > 0 ? formatQuantity(newest.stability, 'percent') : absent,
            'the least of AFL++',
        ),
        tile(
            'Exchanged',
            formatQuantity(newest.merges ?? 0, 'count'),
            `times; minimised ${newest.minimised ?? 0}`,
        ),
    ]);
}

function campaignLists({ newest, findings }) {
    const list = (title, columns, rows) =>
        rows.length === 0
            ? []
            : [element('h3', {}, title), createTable(columns, rows, `${title} of the campaign`)];
    const number = (key, label, format = (value) => formatQuantity(value, 'count')) => ({
        key,
        label,
        isNumber: true,
        format,
    });
    return [
        ...list(
            'What was found',
            [
                { key: 'name', label: 'Finding' },
                { key: 'harness', label: 'Harness' },
                number('operations', 'Operations'),
                { key: 'operation', label: 'Failing call' },
                { key: 'expected', label: 'Expected', isWide: true },
                { key: 'actual', label: 'Actual', isWide: true },
            ],
            findings,
        ),
        ...list(
            'Processes',
            [
                { key: 'name', label: 'Process' },
                number('turns', 'Turns'),
                number('executions', 'Executions'),
                number('edges', 'Edges'),
                number('stability', 'Stability', (value) => formatQuantity(value, 'percent')),
            ],
            newest.roles || [],
        ),
    ];
}

function campaignColumns() {
    const number = (key, label) => ({
        key,
        label,
        isNumber: true,
        format: (value) => formatQuantity(value, 'count'),
    });
    return [
        { key: 'time', label: 'Time', format: formatTime },
        number('seconds', 'Seconds of fuzzing'),
        number('executions', 'Executions'),
        number('rate', 'Executions a second'),
        number('operations', 'Checked operations'),
        number('edges_libfuzzer', 'Edges, libFuzzer'),
        number('edges_afl', 'Edges, AFL++'),
        number('corpus_libfuzzer', 'Corpus, libFuzzer'),
        number('corpus_afl', 'Corpus, AFL++'),
        number('findings', 'Findings'),
        number('unreproduced', 'Not reproduced'),
        number('waiting', 'To look at'),
        number('stability', 'Stability, %'),
    ];
}
