// SPDX-License-Identifier: MIT
//
// Instructions, as callgrind counts them: the same in every run, so that every step is a change.

function viewInstructions(machine) {
    const section = createSection(
        'instructions',
        'Instructions',
        'Counted by callgrind (on a microcontroller by qemu) on fixed workloads, not timed: the same code gives the same count on every run, so a step in the trend is a change of the ' +
            'code. Further left is better; hollow dots are the levels without hardening. The scale is logarithmic.',
    );
    const rows = rowsWhere(machine, (row) => row.unit === 'instructions');
    const names = { instructions: 'Mean of a call', worst: 'Most of one call' };
    if (
        !addFigures(machine, section, rows, (values) => logScale(values, 'instructions', ''), names)
    ) {
        section.setAbsent('No instructions were counted.', "./bed bench --filter '^instructions/'");
        return section;
    }
    const inTrend = trendRows(machine, (row) => row.unit === 'instructions');
    if (inTrend.length > 0) {
        addTrend(
            machine,
            section.addPart(
                'trend',
                'Through the commits',
                'One point is one commit, and exact: a flat line is code that does the same, a step of any size is a change of the code. Click a point for the commit.',
            ),
            inTrend,
            inTrend[0].name,
        );
    }
    return section;
}
