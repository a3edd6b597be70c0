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
        'The same programs while they run, over the bytes that are live at that moment. Of the core: what of its range is not in its largest free block. ' +
            'Of the others, which cannot be asked that: what is resident. A line that climbs and stays up is a heap in pieces, or one that gives nothing back; ' +
            'where a program ends and frees all, every line climbs.',
    );
    const commit = newestCommit(machine, (candidate) => candidate.series.size > 0);
    if (!commit) {
        section.setAbsent(
            'No record says what happens over time.',
            "./bed bench --filter '^resident/'",
        );
        return section;
    }
    const chips = element('div');
    const place = element('div');
    const programs = [...new Set([...commit.series.keys()].map(programOf))];
    const draw = (program) => drawProgram(section, chips, place, commit, program);
    section.content.append(
        element(
            'div',
            { class: 'controls' },
            picker('Program', [[null, programs.map((name) => [name, name])]], programs[0], draw),
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
    draw(programs[0]);
    return section;
}

function programOf(seriesName) {
    return seriesName.slice(seriesName.indexOf('/') + 1);
}

function drawProgram(section, chips, place, commit, program) {
    const series = [...commit.series]
        .filter(([name]) => programOf(name) === program)
        .flatMap(([name, bySubject]) => [...bySubject.values()].map((one) => ({ ...one, name })))
        .sort((a, b) => compareSubjects(a.subject, b.subject));
    const places = [...new Set(series.flatMap((one) => one.values.map(([x]) => x)))].sort(
        (a, b) => a - b,
    );
    const lines = series.map(({ subject, values }) => {
        const known = new Map(values);
        return { subject, values: places.map((x) => known.get(x) ?? null) };
    });
    const isLog = isWide(lines.flatMap((line) => line.values).filter((value) => value > 0));
    const unit = series[0].x || 'calls';
    chips.replaceChildren(subjectChips([...new Set(series.map((one) => one.subject))]));
    replaceChart(place, {
        label: `${program}: heap over live bytes, through the ${unit} of the program`,
        lines,
        x: {
            values: places,
            label: unit,
            format: (value) => formatNumber(value),
            range: (plot, least, most) => [least, most],
        },
        y: {
            unit: 'ratio',
            label: 'over the live bytes',
            isLog,
            range: isLog ? undefined : looseRange,
        },
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
        series.flatMap(({ name, subject, values }) =>
            values.map(([x, value]) => ({ series: name, subject, x, value })),
        ),
        program,
    );
}
