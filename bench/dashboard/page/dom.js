// SPDX-License-Identifier: MIT
//
// Elements are made here and nowhere else. Text becomes text nodes and never markup: titles of
// commits and names of rows are foreign.

function element(tag, attributes, ...children) {
    return fill(document.createElement(tag), attributes, children);
}

function svgElement(tag, attributes, ...children) {
    return fill(document.createElementNS('http://www.w3.org/2000/svg', tag), attributes, children);
}

function fill(node, attributes, children) {
    for (const [name, value] of Object.entries(attributes || {})) {
        if (name.startsWith('on')) {
            node.addEventListener(name.slice(2), value);
        } else if (name === 'style') {
            Object.entries(value).forEach(([property, setting]) =>
                node.style.setProperty(property, setting),
            );
        } else if (value !== null && value !== undefined && value !== false) {
            node.setAttribute(name, value === true ? '' : value);
        }
    }
    node.append(
        ...children.flat(Infinity).filter((child) => child !== null && child !== undefined),
    );
    return node;
}

// One of a few, as a row of buttons; arrow keys move as in a group of radio buttons.
function segments(label, choices, chosen, onChoose) {
    const buttons = choices.map(([value, text]) =>
        element(
            'button',
            {
                type: 'button',
                role: 'radio',
                'data-value': value,
                onclick: () => choose(value),
            },
            text,
        ),
    );
    function mark(value) {
        buttons.forEach((button) => {
            const isChosen = button.dataset.value === String(value);
            button.setAttribute('aria-checked', String(isChosen));
            button.tabIndex = isChosen ? 0 : -1;
        });
    }
    function choose(value) {
        mark(value);
        onChoose(value);
    }
    function move(event) {
        const step = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key];
        if (step) {
            event.preventDefault();
            const at = buttons.indexOf(document.activeElement);
            const next = buttons[(at + step + buttons.length) % buttons.length];
            next.focus();
            next.click();
        }
    }
    mark(chosen);
    return element(
        'div',
        { class: 'segments', role: 'radiogroup', 'aria-label': label, onkeydown: move },
        buttons,
    );
}

// A list to choose from; groups is [[group, [[value, text], ...]], ...].
function picker(label, groups, chosen, onChoose) {
    const option = ([value, text]) =>
        element('option', { value, selected: value === chosen }, text);
    const list = element(
        'select',
        { 'aria-label': label, onchange: () => onChoose(list.value) },
        groups.map(([group, options]) =>
            group === null
                ? options.map(option)
                : element('optgroup', { label: group }, options.map(option)),
        ),
    );
    return element('label', { class: 'control' }, element('span', {}, label), list);
}

// Who wants to know, for as long as its element is on the page.
function createNews() {
    const listeners = new Set();
    return {
        follow: (node, update) => listeners.add({ node, update }),
        tell: () =>
            listeners.forEach((listener) => {
                if (listener.node.isConnected) {
                    listener.update();
                } else {
                    listeners.delete(listener);
                }
            }),
    };
}
