/**
 * What a report runs in the browser: two browsers, of answers before and after and of judged answers, each with search,
 * previous and next, and the arrow keys. Everything is put into the page as text. Without it the page shows its first
 * answers, as `examples` wrote them.
 */
export const SCRIPT = String.raw`
'use strict';
const data = JSON.parse(document.getElementById('data').textContent);
const SEP = '\u0000';

function element(name, className, text) {
  const made = document.createElement(name);
  if (className) made.className = className;
  if (text !== undefined) made.textContent = text;
  return made;
}

function answer(title, text, className) {
  const box = element('div', className);
  box.append(element('h3', '', title));
  const body = element('p', text === null ? 'none' : '', text === null ? 'no answer' : text);
  body.dir = 'auto';
  box.append(body);
  return box;
}

function browser(root, listOf, show) {
  const search = root.querySelector('input');
  const choice = root.querySelector('select');
  const place = root.querySelector('output');
  const [previous, next] = root.querySelectorAll('button');
  const shown = root.querySelector('.shown');
  let [found, at] = [[], 0];
  function render() {
    place.textContent = found.length === 0 ? 'none found' : at + 1 + ' of ' + found.length;
    previous.disabled = at === 0;
    next.disabled = at >= found.length - 1;
    shown.replaceChildren(...(found.length === 0 ? [] : show(found[at], choice.value)));
  }
  function filter(keep) {
    const wanted = search.value.toLowerCase();
    const before = found[at];
    found = listOf(choice.value).filter((entry) => entry.text.includes(wanted));
    at = keep ? Math.max(0, found.findIndex((entry) => before && entry.prompt === before.prompt)) : 0;
    render();
  }
  function move(by) {
    const to = Math.min(Math.max(at + by, 0), Math.max(found.length - 1, 0));
    if (to !== at) { at = to; render(); }
  }
  search.addEventListener('input', () => filter(false));
  choice.addEventListener('change', () => filter(true));
  previous.addEventListener('click', () => move(-1));
  next.addEventListener('click', () => move(1));
  root.querySelector('.controls').hidden = false;
  filter(false);
  return { root, search, move };
}

function textOf(...parts) {
  return parts.map((part) => part || '').join(SEP).toLowerCase();
}

function showAnswers(entry, choice) {
  const at = Number(choice);
  const box = element('article', 'card example');
  box.append(
    answer('Prompt', entry.prompt, 'prompt'),
    answer('Before: the base', entry.answers[0], ''),
    answer('After: round ' + data.answers.rounds[at - 1], entry.answers[at], 'after'),
  );
  return [box];
}

function color(p) {
  return 'color-mix(in srgb,var(--s' + (p >= 0.5 ? 0 : 1) + ') ' + Math.round(120 * Math.abs(p - 0.5)) + '%,var(--card))';
}

function matrixTable(matrix) {
  const table = element('table', 'heat');
  const head = table.createTHead().insertRow();
  head.append(element('td'));
  matrix.forEach((_, j) => head.append(element('th', '', String(j + 1))));
  const body = table.createTBody();
  matrix.forEach((row, i) => {
    const line = body.insertRow();
    line.append(element('th', '', String(i + 1)));
    row.forEach((p) => {
      const cell = line.insertCell();
      cell.textContent = p === null ? '–' : String(Math.round(100 * p));
      if (p !== null) cell.style.background = color(p);
    });
  });
  const box = element('div', 'scroll matrix');
  box.append(table);
  return box;
}

function showJudged(entry) {
  const box = element('article', 'card judged');
  box.append(answer('Prompt', entry.prompt, 'prompt'), matrixTable(entry.matrix));
  const list = element('ol', 'ranked');
  entry.answers.forEach(({ text, winRate, role }) => {
    const item = element('li', role || '');
    const rate = winRate === null ? 'not judged' : 'wins ' + (100 * winRate).toFixed(1) + '%';
    item.append(element('h3', '', rate + (role ? ', ' + role : '')));
    const body = element('p', '', text);
    body.dir = 'auto';
    item.append(body);
    list.append(item);
  });
  box.append(list);
  return [box];
}

const browsers = [];
const answersRoot = document.getElementById('answers');
if (answersRoot) {
  const entries = data.answers.prompts.map((entry) => ({ ...entry, text: textOf(entry.prompt, ...entry.answers) }));
  browsers.push(browser(answersRoot, () => entries, showAnswers));
}
const judgedRoot = document.getElementById('judged');
if (judgedRoot) {
  const rounds = data.judged.map(({ prompts }) =>
    prompts.map((entry) => ({ ...entry, text: textOf(entry.prompt, ...entry.answers.map(({ text }) => text)) })),
  );
  browsers.push(browser(judgedRoot, (choice) => rounds[Number(choice)], showJudged));
}

// Arrows move the browser that holds the focus, else the first that can be seen; a slash goes to its search box.
function chosenBrowser() {
  const focused = browsers.find(({ root }) => root.contains(document.activeElement));
  if (focused) return focused;
  return browsers.find(({ root }) => {
    const { top, bottom } = root.getBoundingClientRect();
    return bottom > 0 && top < window.innerHeight;
  });
}
document.addEventListener('keydown', (event) => {
  if (event.altKey || event.ctrlKey || event.metaKey) return;
  const typing = ['INPUT', 'SELECT', 'TEXTAREA'].includes(document.activeElement.tagName);
  if (event.key === 'Escape' && typing) document.activeElement.blur();
  if (typing) return;
  const by = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
  if (by === undefined && event.key !== '/') return;
  const scrolls = document.activeElement.closest('.scroll');
  const chosen = scrolls ? undefined : chosenBrowser();
  if (!chosen) return;
  event.preventDefault();
  if (event.key === '/') chosen.search.focus();
  else chosen.move(by);
});
`;
