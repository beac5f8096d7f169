// Live pages: asks what colleagues changed, and draws those regions again, never under somebody's hands.
(() => {
const $$ = (selector, root = document) => [...root.querySelectorAll(selector)];
const body = document.body, SECOND = 1000, PART = { 'HX-Request': 'true', 'HX-Request-Type': 'partial' };
if (!body.dataset.gxSince) return;

let since = body.dataset.gxSince, timer, asking = false, faults = 0, ended = false;
let present = Date.now(), drawnAt = 0, late = '';
for (const name of ['pointerdown', 'keydown', 'wheel']) addEventListener(name, () => { present = Date.now(); }, { passive: true });

// Every 4 seconds; slower when nobody sits there or the server does not answer; never in a hidden tab.
function pause() {
  const away = Date.now() - present, usual = away < 120 * SECOND ? 4 : away < 600 * SECOND ? 15 : 60;
  return Math.min(usual * 2 ** faults, 60) * SECOND * (0.9 + Math.random() / 5);
}
function again(wait = pause()) {
  clearTimeout(timer);
  if (!ended && !document.hidden) timer = setTimeout(ask, wait);
}
document.addEventListener('visibilitychange', () => { if (document.hidden) clearTimeout(timer); else { present = Date.now(); again(300); } });

async function ask() {
  if (asking) return;
  asking = true;
  try {
    const watches = $$('[data-gx-watch]').map(e => ['watch', e.dataset.gxWatch]), open = document.querySelector('[data-gx-editing]');
    if (open) watches.push(['editing', open.textContent.trim()]);
    const answer = await fetch(`/live?${new URLSearchParams([['since', since], ...watches])}`, { headers: PART });
    if (answer.headers.has('HX-Redirect')) { ended = true; warn(body.dataset.gxSignedOut); return; }
    if (answer.status !== 304 && !answer.ok) throw new Error(answer.status);
    faults = 0;
    if (answer.status === 200) await heed(await answer.json());
  } catch { faults++; } finally { asking = false; again(); }
}

async function heed(news) {
  since = news.since;
  if ('unread' in news) ring(news);
  if ('editing' in news) { const box = document.querySelector('[data-gx-editing]'); box.textContent = news.editing; box.hidden = !news.editing; }
  if (news.gone) { warn(news.gone); return; }
  if (news.refresh) { late = news.said || late; await draw(); }
}
function ring(news) {
  const bell = document.getElementById('bell');
  bell.classList.toggle('gx-dot', news.unread > 0); bell.setAttribute('aria-label', news.bell);
}
function warn(text) {
  if (document.getElementById('live-warning')) return;
  const box = document.createElement('div');
  box.id = 'live-warning'; box.className = 'alert alert-warning m-3'; box.setAttribute('role', 'alert'); box.textContent = text;
  document.getElementById('main').prepend(box);
}
function say(text) {
  const box = document.getElementById('live-said');
  clearTimeout(box.timer); box.textContent = text; box.hidden = !text;
  box.timer = setTimeout(() => { box.hidden = true; }, 8 * SECOND);
}

// What somebody has in hand: an input with the cursor or with unsaved text, an open form, menu or selection.
const INPUT = 'input:not([type=hidden]), textarea, select';
const typed = input => input.matches(':focus') || (input.type === 'checkbox' || input.type === 'radio' ? input.checked !== input.defaultChecked
  : input.tagName === 'SELECT' ? false : input.value !== input.defaultValue);
function inHand(region) {
  return [...$$(INPUT, region).filter(typed), ...$$('[data-gx-inline], [data-gx-keep], .gx-uploads:not(:empty), form[id^=entry-form], .dropdown-menu.show, .is-selected, dialog[open]', region)];
}

// The nearest element around it that the new page has too: what is in that is left alone.
function holder(element, region, fresh) {
  const named = '[id]:not(input, textarea, select, form)';
  let at = element.closest(named);
  while (at !== region && !fresh.querySelector(`#${CSS.escape(at.id)}`)) at = at.parentElement.closest(named);
  return at;
}

// The page again, of which only the regions are exchanged. A list is looked at by many, and changes often.
const gap = () => (document.getElementById('rows') ? 10 : 3) * SECOND;
let drawing = false;
async function draw() {
  const wait = drawnAt + gap() - Date.now();
  if (drawing || wait > 0) { setTimeout(() => late !== null && !drawing && draw(), Math.max(wait, SECOND)); return; }
  drawing = true;
  try {
    const here = location.href, answer = await fetch(here, { headers: document.getElementById('listing') ? PART : {} });
    if (!answer.ok || answer.redirected || here !== location.href) return;
    const page = new DOMParser().parseFromString(await answer.text(), 'text/html'), changed = [];
    let waits = false;
    for (const fresh of $$('[data-gx-region]', page)) {
      const region = document.getElementById(fresh.id);
      if (!region) continue;
      const kept = inHand(region).map(e => holder(e, region, fresh));
      if (kept.includes(region) || longer(region, fresh)) { waits = true; continue; }
      waits ||= kept.length > 0;
      changed.push(...await exchange(region, fresh, kept));
    }
    mark(changed);
    if (changed.length && late) say(late);
    if (waits) whenFree(); else late = '';
    drawnAt = Date.now();
  } finally { drawing = false; }
}
// Older entries that were loaded since would be lost.
const longer = (region, fresh) => region.id === 'stream' && $$('li[id]', region).length > $$('li[id]', fresh).length + 3;

const PIECES = 'dd[id], tr[id], li[id], details[id], .gx-item, h1';
async function exchange(region, fresh, kept) {
  const hold = [...kept, ...$$('.ts-wrapper', region).map(e => e.closest('form, dd'))].filter(Boolean);
  const before = new Map($$(PIECES, region).map(piece => [piece.id || piece, piece.textContent]));
  hold.forEach(e => e.setAttribute('hx-morph-skip', ''));
  await htmx.swap({ text: fresh.outerHTML, target: region, swap: 'outerMorph', sourceElement: region });
  hold.forEach(e => e.removeAttribute('hx-morph-skip'));
  return $$(PIECES, document.getElementById(region.id)).filter(piece => before.get(piece.id || piece) !== piece.textContent);
}
function mark(pieces) {
  for (const piece of pieces) {
    piece.classList.remove('gx-theirs'); void piece.offsetWidth; piece.classList.add('gx-theirs');
    if (late) piece.title = late;
    setTimeout(() => piece.classList.remove('gx-theirs'), 6 * SECOND);
  }
}
let free;
function whenFree() {
  clearTimeout(free);
  free = setTimeout(() => ($$('[data-gx-region]').some(region => inHand(region).length) ? whenFree() : draw()), 2 * SECOND);
}

again();
})();
