// SPDX-License-Identifier: MIT
//
// Light, dark, or what the system says. Charts are told, since a canvas does not follow style sheets.

const themeKey = 'heapbed-theme';
const themeNews = createNews();

// Some browsers refuse storage to pages from files; then a choice lasts as long as the page.
function readTheme() {
    try {
        return localStorage.getItem(themeKey) || 'auto';
    } catch {
        return 'auto';
    }
}

function applyTheme(choice) {
    document.documentElement.dataset.theme = choice;
    try {
        localStorage.setItem(themeKey, choice);
    } catch {
        /* see readTheme */
    }
    themeNews.tell();
}

function themeSwitch() {
    return segments(
        'Theme',
        [
            ['auto', 'Auto'],
            ['light', 'Light'],
            ['dark', 'Dark'],
        ],
        readTheme(),
        applyTheme,
    );
}

// A colour of the style sheet as a canvas wants it: of the two that light-dark() names, the one.
const colourProbe = element('span', { hidden: true });
document.documentElement.append(colourProbe);

function colour(variable) {
    colourProbe.style.color = `var(${variable})`;
    return getComputedStyle(colourProbe).color;
}

function withAlpha(rgb, alpha) {
    return rgb.replace(/^rgb\(([^)]*)\)$/, `rgba($1, ${alpha})`);
}

matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () =>
    applyTheme(readTheme()),
);
applyTheme(readTheme());
