// SPDX-License-Identifier: MIT
//
// What changed, by how much, how sure that is, and how much the machine itself wobbles.

function viewVerdicts(machine) {
    const section = createSection(
        'verdicts',
        'What changed',
        'Each card is one row of one subject, this commit against its baseline. The bar spans the 95% interval of the change, its tick the ' +
            'estimate; the line is zero and the shaded part the noise floor of the machine. A change counts only where the whole bar is clear of zero.',
    );
    if (machine.verdicts.length === 0) {
        section.setAbsent(
            'Nothing to compare yet: a verdict needs two measured commits of this machine.',
            './bed bench, on another commit',
        );
        return section;
    }
    const changed = machine.verdicts
        .filter((verdict) => verdict.verdict !== 'no difference seen')
        .sort((a, b) => Math.abs(b.change) - Math.abs(a.change));
    section.content.append(verdictOrigin(machine), verdictTally(machine.verdicts));
    const list = element('ul', { class: 'cards' });
    const rest = element('button', {
        type: 'button',
        onclick: () => {
            showCards(changed.length);
        },
    });
    const showCards = (count) => {
        list.replaceChildren(
            ...changed.slice(0, count).map((verdict) => verdictCard(verdict, usualBase(machine))),
        );
        rest.textContent = `Show all ${changed.length}`;
        rest.classList.toggle('hidden', count >= changed.length);
    };
    showCards(9);
    section.content.append(list, element('p', { class: 'controls' }, rest));
    section.setData(
        verdictColumns,
        [...changed, ...machine.verdicts.filter((verdict) => !changed.includes(verdict))],
        'All verdicts',
    );
    return section;
}

const verdictColumns = [
    { key: 'row', label: 'Row' },
    { key: 'subject', label: 'Subject' },
    { key: 'verdict', label: 'Verdict' },
    { key: 'change', label: 'Change', isNumber: true, format: formatChange },
    { key: 'low', label: 'from', isNumber: true, format: formatChange },
    { key: 'high', label: 'to', isNumber: true, format: formatChange },
    { key: 'noise', label: 'Noise floor', isNumber: true, format: formatChange },
    { key: 'unit', label: 'Unit' },
    { key: 'from', label: 'Baseline', format: shortHash },
    { key: 'to', label: 'Commit', format: shortHash },
];

// An accepted shift gives some rows a baseline of their own.
function usualBase(machine) {
    const counts = new Map();
    machine.verdicts.forEach(({ from }) => counts.set(from, (counts.get(from) || 0) + 1));
    return [...counts].sort(([, a], [, b]) => b - a)[0][0];
}

function verdictOrigin(machine) {
    const { to } = machine.verdicts[machine.verdicts.length - 1];
    const name = (hash) => {
        const index = commitIndex(machine, hash);
        const text = `${shortHash(hash)}${index < 0 ? '' : ` ${machine.commits[index].title}`}`;
        return index < 0 ? text : commitLink(machine.commits[index], text);
    };
    return element(
        'p',
        { class: 'origin' },
        name(to),
        ' against ',
        name(usualBase(machine)),
        machine.verdicts.every(({ from }) => from === usualBase(machine))
            ? ''
            : ', unless a card names another',
    );
}

function verdictTally(verdicts) {
    const count = (verdict) => verdicts.filter((item) => item.verdict === verdict).length;
    return element(
        'p',
        { class: 'tally' },
        element(
            'span',
            { class: count('slower') ? 'slower' : null },
            `${count('slower')} slower or larger`,
        ),
        element(
            'span',
            { class: count('faster') ? 'faster' : null },
            `${count('faster')} faster or smaller`,
        ),
        element('span', {}, `${count('no difference seen')} no difference seen`),
    );
}

// Where the words of a clock do not fit.
const verdictWords = {
    instructions: { slower: 'more', faster: 'fewer' },
    ratio: { slower: 'higher', faster: 'lower' },
    bytes: { slower: 'larger', faster: 'smaller' },
};

function verdictWord({ unit, verdict }) {
    return (verdictWords[unit] || {})[verdict] || verdict;
}

function verdictCard(verdict, usualBase) {
    const since = verdict.from === usualBase ? '' : `; since ${shortHash(verdict.from)}`;
    return element(
        'li',
        { class: `card ${verdict.verdict}` },
        element(
            'div',
            { class: 'what' },
            element('b', {}, verdict.row),
            element('span', {}, verdict.subject),
        ),
        element(
            'div',
            { class: 'amount' },
            formatChange(verdict.change),
            element('small', {}, verdictWord(verdict)),
        ),
        intervalBar(verdict),
        element(
            'div',
            { class: 'detail' },
            `95% interval ${formatChange(verdict.low)} to ${formatChange(verdict.high)}; noise floor ${formatChange(verdict.noise).replace(/^[+±]/, '')}${since}`,
        ),
    );
}

function intervalBar({ change, low, high, noise }) {
    const reach = 1.15 * Math.max(Math.abs(low), Math.abs(high), Math.abs(change), noise);
    const percent = (value) => `${50 + (50 * value) / (reach || 1)}%`;
    const width = (from, to) => `${(50 * (to - from)) / (reach || 1)}%`;
    return element(
        'div',
        { class: 'interval', 'aria-hidden': 'true' },
        element('i', {
            class: 'floor',
            style: { left: percent(-noise), width: width(-noise, noise) },
        }),
        element('i', { class: 'zero', style: { left: '50%' } }),
        element('i', { class: 'range', style: { left: percent(low), width: width(low, high) } }),
        element('i', { class: 'point', style: { left: percent(change) } }),
    );
}
