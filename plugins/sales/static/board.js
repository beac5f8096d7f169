// The board: dragging by SortableJS, moving by keyboard. The server answers with the card and the columns' heads.
(() => {
const $ = (selector, root = document) => root.querySelector(selector);
const $$ = (selector, root = document) => [...root.querySelectorAll(selector)];
let chosen = null;

function send(card, lane) {
  const closed = lane === 'won' || lane === 'lost';
  const values = { version: card.dataset.version, [closed ? 'status' : 'stage']: lane };
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
    if (Sortable.get(list)) return;
    Sortable.create(list, {
      group: 'deals', sort: false, draggable: '.gx-deal', filter: '.sales-more', delay: 150, delayOnTouchOnly: true, animation: 140,
      onMove: event => { $$('.gx-lane.is-over').forEach(l => l.classList.remove('is-over')); event.to.closest('.gx-lane').classList.add('is-over'); },
      onEnd: event => {
        $$('.gx-lane.is-over').forEach(l => l.classList.remove('is-over'));
        if (event.to !== event.from) send(event.item, event.to.dataset.salesLane);
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

// Arrows go from card to card; with Shift they take the card along to the next column.
addEventListener('keydown', event => {
  const card = event.target.closest?.('.gx-deal');
  const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key], row = { ArrowUp: -1, ArrowDown: 1 }[event.key];
  if (!card || event.ctrlKey || event.metaKey || event.altKey || !(step || row)) return;
  event.preventDefault();
  const lanes = $$('[data-sales-lane]'), here = card.parentElement, cards = $$('.gx-deal', here);
  if (row) { $('a', cards[cards.indexOf(card) + row] ?? card).focus(); return; }
  const next = lanes[lanes.indexOf(here) + step];
  if (!next) return;
  if (!event.shiftKey) { ($('.gx-deal a', next) ?? $('a', card)).focus(); return; }
  if (!$('[data-sales-move]', card)) return;
  const id = card.id;
  place(card, next.dataset.salesLane);
  document.addEventListener('htmx:after:swap', () => $(`#${id} a`)?.focus(), { once: true });
  $('a', card).focus();
});

document.addEventListener('DOMContentLoaded', () => { dress(document.body); htmx.onLoad(dress); });
})();
