// The few lines that HTML and htmx cannot do. Everything is delegated, so that it also works in swapped fragments.
(() => {
const $ = (selector, root = document) => root.querySelector(selector);
const $$ = (selector, root = document) => [...root.querySelectorAll(selector)];
const script = document.currentScript;

// Dialogs: data-gx-open names one, data-gx-close closes the one around it.
function open(id) {
  const dialog = document.getElementById(id);
  if (!dialog || dialog.open) return false;
  dialog.showModal();
  const first = $('.ts-control input, input:not([type=hidden], .tomselected), select, textarea', dialog);
  first?.focus(); first?.select?.();
  return true;
}

// A confirmation before a button's form is sent or its htmx request goes out.
let confirmed = null;
function ask(button, proceed) {
  $('#confirm-title').textContent = button.dataset.gxConfirm;
  confirmed = proceed;
  open('confirm');
}

addEventListener('click', event => {
  const target = event.target.closest.bind(event.target);
  const bulk = target('[data-gx-bulk]');
  if (bulk) armBulk(bulk.dataset.gxOpen);
  const opener = target('[data-gx-open]');
  if (opener && open(opener.dataset.gxOpen)) event.preventDefault();
  if (target('[data-gx-close]')) target('dialog').close();
  if (event.target.tagName === 'DIALOG') event.target.close();
  if (target('[data-gx-dismiss]')) target('.toast').remove();
  if (target('[data-gx-theme]')) toggleTheme();
  if (target('[data-gx-confirmed]')) { $('#confirm').close(); const proceed = confirmed; confirmed = null; proceed?.(); }
  const button = target('button[data-gx-confirm]');
  if (button && !button.dataset.gxAsked && !button.hasAttribute('hx-post')) {
    event.preventDefault();
    ask(button, () => { button.dataset.gxAsked = '1'; button.form.requestSubmit(button); delete button.dataset.gxAsked; });
  }
  const density = target('.gx-seg [data-density]');
  if (density) setDensity(density.dataset.density);
  if (target('[data-gx-add-row]')) addRow(target('[data-gx-rows]'));
  const edit = target('[data-gx-edit]');
  if (edit) { event.preventDefault(); $(`#field-${edit.dataset.gxEdit} .gx-pencil`)?.click(); }
  const compose = target('[data-gx-compose]');
  if (compose) { event.preventDefault(); startEntry(compose.dataset.gxCompose); }
});

document.addEventListener('htmx:confirm', event => {
  const button = event.target.closest?.('[data-gx-confirm]');
  if (!button) return;
  event.preventDefault();
  ask(button, () => event.detail.issueRequest());
});

// A frame with foreign HTML is as high as what is in it; it has no scripts of its own.
addEventListener('load', event => {
  const frame = event.target;
  if (frame.dataset?.gxForeign === undefined || !frame.contentDocument) return;
  const page = frame.contentDocument;
  new ResizeObserver(() => { frame.style.height = `${page.body.offsetHeight + 2}px`; }).observe(page.body);
}, true);

// Errors of the server: said, and nothing that was typed is touched.
document.addEventListener('htmx:error', () => toast(document.body.dataset.error));
document.addEventListener('htmx:response:error', event => { if (event.detail.ctx?.response?.status >= 500) toast(document.body.dataset.error); });
function toast(text) {
  const box = document.createElement('div');
  box.className = 'toast show gx-enter'; box.setAttribute('role', 'alert'); box.dataset.gxToast = '';
  const body = document.createElement('div');
  body.className = 'toast-body'; body.textContent = text;
  box.append(body); $('#toasts')?.append(box); dress(box);
}

// Light and dark.
function toggleTheme() {
  const root = document.documentElement, theme = root.dataset.bsTheme === 'dark' ? 'light' : 'dark';
  root.dataset.bsTheme = theme;
  try { localStorage.setItem('gx-theme', theme); } catch { /* private windows keep it for this page */ }
  dispatchEvent(new Event('gx:theme'));
}

// Lists: selection and row height.
function syncSelection() {
  const bar = $('.gx-bulk'); if (!bar) return;
  const rows = $$('[data-gx-row]'), chosen = rows.filter(box => box.checked), all = $('[data-gx-all]');
  rows.forEach(box => box.closest('tr').classList.toggle('is-selected', box.checked));
  bar.hidden = !chosen.length;
  $('b', bar).textContent = chosen.length;
  all.checked = chosen.length === rows.length; all.indeterminate = chosen.length > 0 && !all.checked;
}
function setDensity(value) {
  const table = $('.gx-table'); if (!table) return;
  table.classList.remove('gx-dense', 'gx-roomy');
  if (value) table.classList.add(value);
  $$('[data-density]').forEach(b => b.setAttribute('aria-pressed', b.dataset.density === value));
  try { localStorage.setItem('gx-density', value); } catch { /* as above */ }
}
addEventListener('change', event => {
  if (event.target.matches('[data-gx-all]')) $$('[data-gx-row]').forEach(box => { box.checked = event.target.checked; });
  if (event.target.matches('[data-gx-all], [data-gx-row]')) syncSelection();
  if (event.target.matches('.gx-mode input')) syncComposer(event.target.form);
});

// Rows of several values (e-mails, phones): another empty one.
function addRow(box) {
  const rows = $$('[data-gx-row-of]', box), last = rows.at(-1), copy = last.cloneNode(true);
  $$('[name]', copy).forEach(input => { input.name = input.name.replace(/-\d+-/, `-${rows.length}-`); if (input.tagName !== 'SELECT') input.value = ''; input.classList.remove('is-invalid'); });
  last.after(copy);
  $('input', copy).focus();
}

// The composer on a contact's page.
function syncComposer(form) {
  const mode = $('.gx-mode input:checked', form), talk = $('[data-gx-talk-fields]', form);
  if (talk) talk.hidden = !mode?.hasAttribute('data-gx-talk');
}
function startEntry(kind) {
  const form = $('[data-gx-composer]'); if (!form) return;
  const mode = $(`.gx-mode input[value="${kind}"]`, form);
  if (mode) { mode.checked = true; syncComposer(form); }
  form.scrollIntoView({ block: 'nearest' });
  $('textarea', form).focus();
}

// Pickers and tags: Tom Select, fetched when a page first needs it.
let fetched;
const loadTomSelect = () => fetched ??= new Promise((done, failed) => {
  const tag = document.createElement('script');
  tag.src = script.dataset.tomSelect; tag.onload = done; tag.onerror = failed; document.head.append(tag);
});
async function pick(input) {
  await loadTomSelect();
  if (input.tomselect || !input.isConnected) return;
  const current = input.value.match(/^(.*?)\s*#?(\d+)$/);
  const chosen = new window.TomSelect(input, {
    valueField: 'id', labelField: 'title', searchField: [], maxItems: 1, create: false, preload: 'focus', openOnFocus: true,
    options: current ? [{ id: current[2], title: current[1] || `#${current[2]}` }] : [], items: current ? [current[2]] : [],
    load: (text, done) => fetch(`${input.dataset.gxPick}pick?q=${encodeURIComponent(text)}`).then(r => r.json()).then(done, () => done([])),
    score: () => () => 1, shouldLoad: () => true,
    render: { option: (item, escape) => `<div>${escape(item.title)} <span class="gx-2 small">${escape(item.subtitle || '')}</span></div>`, no_results: () => null },
  });
  named(chosen);
}
// Tom Select moves a label to its own input, but not an aria-label, and leaves the first one to screen readers.
function named(chosen) {
  chosen.input.setAttribute('aria-hidden', 'true');
  const label = chosen.input.getAttribute('aria-label');
  if (label) chosen.control_input.setAttribute('aria-label', label);
}
async function tags(input) {
  await loadTomSelect();
  if (input.tomselect || !input.isConnected) return;
  named(new window.TomSelect(input, { delimiter: ';', create: true, persist: false, plugins: ['remove_button'], options: input.value.split(';').map(t => t.trim()).filter(Boolean).map(t => ({ value: t, text: t })), render: { no_results: () => null } }));
}

// What a new piece of the page needs.
function dress(root) {
  if (root.nodeType !== 1) return;
  const all = selector => [...(root.matches(selector) ? [root] : []), ...$$(selector, root)];
  all('[data-gx-pick]').forEach(pick);
  all('[data-gx-tags]').forEach(tags);
  all('[data-gx-composer]').forEach(syncComposer);
  all('[data-gx-toast]').forEach(box => setTimeout(() => { if (!box.matches(':hover, :focus-within')) box.remove(); }, 9000));
  all('[data-gx-focus]').forEach(box => box.focus());
  all('[data-gx-inline]').forEach(form => $('input:not([type=hidden]), select, textarea', form)?.focus());
  if (all('.gx-table').length) { let d = ''; try { d = localStorage.getItem('gx-density') || ''; } catch { /* as above */ } setDensity(d); syncSelection(); }
}

// Of the bulk bar's dialogs only the open one takes part in the form.
function armBulk(id) {
  $$('dialog[id^=bulk-]').forEach(dialog => $$('input, select, textarea', dialog).forEach(input => {
    input.disabled = dialog.id !== id;
    input.tomselect?.[input.disabled ? 'disable' : 'enable']();
  }));
}

// The palette: arrows move, Enter opens.
function movePalette(step) {
  const options = $$('#pal-list [role=option]'); if (!options.length) return;
  const at = options.findIndex(o => o.getAttribute('aria-selected') === 'true');
  const next = (at + step + options.length) % options.length;
  options.forEach((o, i) => o.setAttribute('aria-selected', i === next));
  options[next].scrollIntoView({ block: 'nearest' });
  $('#palette input').setAttribute('aria-activedescendant', options[next].id);
}

// Keyboard.
let before = '';
addEventListener('keydown', event => {
  const typing = event.target.closest('input, textarea, select, [contenteditable]');
  if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === 'k') { event.preventDefault(); open('palette'); return; }
  if ((event.ctrlKey || event.metaKey) && event.key === 'Enter' && typing?.form) { event.preventDefault(); typing.form.requestSubmit(); return; }
  if (event.target.closest('#palette')) {
    if (event.key === 'ArrowDown') { event.preventDefault(); movePalette(1); }
    if (event.key === 'ArrowUp') { event.preventDefault(); movePalette(-1); }
    if (event.key === 'Enter') {
      event.preventDefault();
      const chosen = $('#pal-list [aria-selected=true]');
      if (chosen) chosen.click(); else location.href = `/search?q=${encodeURIComponent(event.target.value)}`;
    }
    return;
  }
  if (typing || event.ctrlKey || event.metaKey || event.altKey || $('dialog[open]')) return;
  const key = before + event.key;
  before = event.key === 'g' ? 'g' : '';
  const go = { gt: '/', gc: '/contacts/', c: '/contacts/new' }[key];
  if (go) { location.href = go; return; }
  if (event.key === '/') { event.preventDefault(); open('palette'); }
  if (event.key === '?') open('help');
  if (event.key === 'n' && $('[data-gx-composer]')) { event.preventDefault(); startEntry('note'); }
});

document.addEventListener('DOMContentLoaded', () => {
  dress(document.body);
  htmx.onLoad(dress);
  // Where tabs do not fit, the present one is in sight.
  $$('.gx-tab[aria-current]').forEach(tab => { tab.parentElement.scrollLeft = tab.offsetLeft - tab.parentElement.clientWidth / 2; });
  if (location.hash === '#compose') startEntry('note');
});
})();
