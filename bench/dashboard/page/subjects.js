// SPDX-License-Identifier: MIT
//
// The subjects: their order, colour and dashes, the same in every chart, and which of them are shown.

const subjectOrder = [
    'list',
    'small-off',
    'small-on',
    'default-off',
    'default-on',
    'default-paranoid',
    'large-off',
    'large-on',
    'glibc',
    'mimalloc',
    'jemalloc',
    'tcmalloc',
    '(null loop)',
];
const hiddenAtFirst = new Set(['small-off', 'large-off', 'default-paranoid', '(null loop)']);
const hiddenSubjects = new Set(hiddenAtFirst);
const subjectNews = createNews();

function compareSubjects(one, other) {
    const place = (subject) => {
        const at = subjectOrder.indexOf(subject);
        return at < 0 ? subjectOrder.length : at;
    };
    return place(one) - place(other) || (one < other ? -1 : Number(one > other));
}

// Adapters given with --target have no colour of their own; the same name always gets the same one.
function otherColour(subject) {
    let sum = 0;
    for (const letter of subject) {
        sum = (sum * 31 + letter.codePointAt(0)) % 9973;
    }
    return `--subject-other-${1 + (sum % 3)}`;
}

// The two engines of a campaign are told apart in every chart of it.
const engineVariables = { libFuzzer: '--subject-other-1', 'AFL++': '--subject-other-3' };

function subjectVariable(subject) {
    if (subject in engineVariables) {
        return engineVariables[subject];
    }
    if (subject === '(null loop)') {
        return '--subject-null';
    }
    if (!subjectOrder.includes(subject)) {
        return otherColour(subject);
    }
    return `--subject-${subject.split('-')[0]}`;
}

function subjectColour(subject) {
    return colour(subjectVariable(subject));
}

function subjectDash(subject) {
    if (subject.endsWith('-off')) {
        return [6, 4];
    }
    if (subject.endsWith('-paranoid') || subject === '(null loop)') {
        return [2, 3];
    }
    return [];
}

function isShown(subject) {
    return !hiddenSubjects.has(subject);
}

function toggleSubject(subject) {
    if (!hiddenSubjects.delete(subject)) {
        hiddenSubjects.add(subject);
    }
    subjectNews.tell();
}

// The subjects of one chart as switches. Notes may say more of each: [subject, text] pairs.
function subjectChips(subjects, notes = new Map()) {
    const chips = subjects.map((subject) =>
        element(
            'button',
            {
                type: 'button',
                class: 'chip',
                'data-subject': subject,
                onclick: () => toggleSubject(subject),
            },
            svgElement(
                'svg',
                { viewBox: '0 0 22 8', 'aria-hidden': 'true' },
                svgElement('line', {
                    x1: 1,
                    y1: 4,
                    x2: 21,
                    y2: 4,
                    'stroke-width': 2.5,
                    'stroke-dasharray': subjectDash(subject).join(' '),
                    style: { stroke: `var(${subjectVariable(subject)})` },
                }),
            ),
            subject,
            notes.has(subject) ? element('small', {}, notes.get(subject)) : null,
        ),
    );
    const box = element(
        'div',
        { class: 'chips', role: 'group', 'aria-label': 'Subjects to show' },
        chips,
    );
    const update = () =>
        chips.forEach((chip) =>
            chip.setAttribute('aria-pressed', String(isShown(chip.dataset.subject))),
        );
    subjectNews.follow(box, update);
    update();
    return box;
}
