// SPDX-License-Identifier: MIT
//
// How much heap the recorded programs need, and how it falls to pieces over time.

function viewMemory(machine) {
    const section = createSection(
        'memory',
        'Heap efficiency of real programs',
        'Recorded programs, played again. The figure is the heap that they needed (the smallest arena that does, or the memory that the process held) over ' +
            'the most bytes that they had asked for at once: 1.000 would be no waste at all, 1.250 a quarter more than was asked for.',
    );
    const rows = rowsWhere(machine, (row) => row.unit === 'ratio');
    const names = { memory: 'Smallest arena', resident: 'Resident memory' };
    if (!addFigures(machine, section, rows, ratioScale, names)) {
        section.setAbsent('No program was played.', "./bed bench --filter '^(memory|resident)/'");
    }
    return section;
}

function ratioScale(values) {
    const reach = roundUp(Math.max(0.05, ...values.map((value) => value - 1)));
    const min = Math.min(1, ...values);
    return {
        min,
        max: 1 + reach,
        unit: 'ratio',
        label: '',
        ticks: [0, 0.5, 1].map((part) => min + part * (1 + reach - min)),
    };
}

// A view of its own for what changes while a program runs, right below.
function viewFragmentation(machine) {
    const section = createSection(
        'fragmentation',
        'Fragmentation over time',
        'The same programs while they run, from the first call to the last. A line that climbs and stays up is a heap whose free memory lies in ' +
            'pieces too small to serve what is asked for; one that comes back down recovers.',
    );
    const commit = newestCommit(machine, (candidate) => candidate.series.size > 0);
    if (!commit) {
        section.setAbsent('No record says what happens over time.', './bed bench');
        return section;
    }
    const chips = element('div');
    const place = element('div');
    const names = [...commit.series.keys()];
    const draw = (name) => drawSeries(section, chips, place, commit, name);
    section.content.append(
        element(
            'div',
            { class: 'controls' },
            picker(
                'Program',
                [[null, names.map((name) => [name, name.replace('fragmentation/', '')])]],
                names[0],
                draw,
            ),
        ),
        chips,
        place,
        element(
            'p',
            { class: 'caption' },
            'Measured at ',
            commitLink(commit, `${commit.short} ${commit.title}`),
            '.',
        ),
    );
    draw(names[0]);
    return section;
}

function drawSeries(section, chips, place, commit, name) {
    const subjects = [...commit.series.get(name).keys()].sort(compareSubjects);
    const series = subjects.map((subject) => commit.series.get(name).get(subject));
    const places = [...new Set(series.flatMap((one) => one.values.map(([x]) => x)))].sort(
        (a, b) => a - b,
    );
    const lines = series.map((one, index) => {
        const values = new Map(one.values);
        return { subject: subjects[index], values: places.map((x) => values.get(x) ?? null) };
    });
    const unit = series[0].x || 'calls';
    chips.replaceChildren(subjectChips(subjects));
    replaceChart(place, {
        label: `${name}: through the ${unit} of the program`,
        lines,
        x: {
            values: places,
            label: unit,
            format: (value) => formatNumber(value),
            range: (plot, least, most) => [least, most],
        },
        y: { unit: 'ratio', label: 'ratio', range: looseRange },
        tip: (index) => ({ title: `${wholeNumber.format(places[index])} ${unit}` }),
    });
    section.setData(
        [
            { key: 'series', label: 'Series' },
            { key: 'subject', label: 'Subject' },
            { key: 'x', label: unit, isNumber: true, format: (v) => formatNumber(v) },
            {
                key: 'value',
                label: 'Ratio',
                isNumber: true,
                format: (v) => formatQuantity(v, 'ratio'),
            },
        ],
        series.flatMap((one, index) =>
            one.values.map(([x, value]) => ({ series: name, subject: subjects[index], x, value })),
        ),
        name,
    );
}
