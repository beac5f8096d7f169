// The board: dragging by SortableJS, moving by keyboard. The server answers with the card and the columns' heads.
(() => {
const $ = (selector, root = document) => root.querySelector(selector);
const $$ = (selector, root = document) => [...root.querySelectorAll(selector)];
let chosen = null;

// Whether people put the cards in order themselves: then the server is told below which card this one stands.
const byHand = () => Boolean($('[data-sales-hand]'));
const above = card => card.previousElementSibling?.dataset.deal ?? '';

function send(card, lane) {
  const closed = lane === 'won' || lane === 'lost';
  const values = { version: card.dataset.version, [closed ? 'status' : 'stage']: lane };
  if (byHand() && !closed) values.after = above(card);
  $$('#board-filters [name]').forEach(input => { values[input.name] = input.value; });
  card.classList.add('is-sent');
  const back = () => { card.classList.remove('is-sent'); htmx.ajax('GET', location.href, { target: '#board', swap: 'outerMorph' }); };
  htmx.ajax('POST', `/sales/deal/${card.dataset.deal}/move`, { target: '#board', swap: 'none', values }).catch(back);
}

function place(card, lane) {
  const list = $(`[data-sales-lane="${lane}"]`);
  if (!list || card.dataset.lane === lane) return;
  list.prepend(card);
  card.scrollIntoView({ block: 'nearest', inline: 'nearest' });
  send(card, lane);
}

function dress(root) {
  if (root.nodeType !== 1 || !document.querySelector('[data-sales-move]')) return;
  $$('[data-sales-lane]').forEach(list => {
    const sort = byHand() && !['won', 'lost'].includes(list.dataset.salesLane);
    if (Sortable.get(list)) { Sortable.get(list).option('sort', sort); return; }
    Sortable.create(list, {
      group: 'deals', sort, draggable: '.gx-deal', filter: '.sales-more', delay: 150, delayOnTouchOnly: true, animation: 140,
      onMove: event => { $$('.gx-lane.is-over').forEach(l => l.classList.remove('is-over')); event.to.closest('.gx-lane').classList.add('is-over'); },
      onEnd: event => {
        $$('.gx-lane.is-over').forEach(l => l.classList.remove('is-over'));
        if (event.to !== event.from || event.newDraggableIndex !== event.oldDraggableIndex) send(event.item, event.to.dataset.salesLane);
      },
    });
  });
}

addEventListener('click', event => {
  const opener = event.target.closest('[data-sales-move]');
  if (opener && !event.ctrlKey && !event.metaKey) {
    event.preventDefault();
    chosen = opener.closest('.gx-deal');
    $$('[data-sales-to]').forEach(button => { button.disabled = button.dataset.salesTo === chosen.dataset.lane; });
    $('#sales-move').showModal();
  }
  const to = event.target.closest('[data-sales-to]');
  if (to) { $('#sales-move').close(); place(chosen, to.dataset.salesTo); }
});

// The card is drawn anew when the server has answered: whoever moved it by keyboard stays on it.
function keepFocus(card) {
  const id = card.id;
  document.addEventListener('htmx:after:swap', () => $(`#${id} a`)?.focus(), { once: true });
  $('a', card).focus();
}

// A step up or down among the cards of its column, once the step before has arrived.
function shift(card, row) {
  const other = row < 0 ? card.previousElementSibling : card.nextElementSibling;
  if (!other?.matches('.gx-deal') || card.matches('.is-sent') || !Number(card.dataset.lane)) return;
  other[row < 0 ? 'before' : 'after'](card);
  card.scrollIntoView({ block: 'nearest' });
  send(card, card.dataset.lane);
  keepFocus(card);
}

// Arrows go from card to card; with Shift they take the card along: to the next column, or by hand up and down.
addEventListener('keydown', event => {
  const card = event.target.closest?.('.gx-deal');
  const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key], row = { ArrowUp: -1, ArrowDown: 1 }[event.key];
  if (!card || event.ctrlKey || event.metaKey || event.altKey || !(step || row)) return;
  event.preventDefault();
  const lanes = $$('[data-sales-lane]'), here = card.parentElement, cards = $$('.gx-deal', here);
  if (row && event.shiftKey && byHand() && $('[data-sales-move]', card)) { shift(card, row); return; }
  if (row) { $('a', cards[cards.indexOf(card) + row] ?? card).focus(); return; }
  const next = lanes[lanes.indexOf(here) + step];
  if (!next) return;
  if (!event.shiftKey) { ($('.gx-deal a', next) ?? $('a', card)).focus(); return; }
  if (!$('[data-sales-move]', card)) return;
  place(card, next.dataset.salesLane);
  keepFocus(card);
});

document.addEventListener('DOMContentLoaded', () => { dress(document.body); htmx.onLoad(dress); });
})();
