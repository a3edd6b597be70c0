// SPDX-License-Identifier: MIT
//
// What a linker leaves of the core; of a microcontroller also the stack and the heap's own state.

const sizeNames = { code: 'Code', stack: 'Stack', heap: 'Heap without blocks' };

function viewCode(machine) {
    const section = createSection(
        'code',
        'Code size by profile',
        'Bytes of code and constants at -Os of what is reached: from bf_init, bf_malloc and bf_free, or from the whole interface (api). Bars begin at ' +
            'zero; paler bars are the levels without hardening. Of a microcontroller also the deepest stack and the heap’s own state. Shorter is better.',
    );
    const rows = rowsWhere(
        machine,
        (row) => row.unit === 'bytes' && Object.hasOwn(sizeNames, rowPart(row.name)),
    );
    if (
        !addFigures(machine, section, rows, (values) => barScale(values, 'bytes', ''), sizeNames)
    ) {
        section.setAbsent('No sizes are in the history.', "./bed bench --filter '^code/'");
    }
    return section;
}
