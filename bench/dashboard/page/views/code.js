// SPDX-License-Identifier: MIT
//
// What a linker leaves of the core.

function viewCode(machine) {
    const section = createSection(
        'code',
        'Code size by profile',
        'Bytes of code and constants at -Os of what is reached: from bf_init, bf_malloc and bf_free, or from the whole interface (api). Bars begin at ' +
            'zero; paler bars are the levels without hardening. Shorter is better.',
    );
    const rows = rowsWhere(machine, (row) => row.unit === 'bytes' && rowPart(row.name) === 'code');
    if (!addFigures(machine, section, rows, (values) => barScale(values, 'bytes', ''))) {
        section.setAbsent('No sizes are in the history.', "./bed bench --filter '^code/'");
    }
    return section;
}
