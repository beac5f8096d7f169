// The editor of quotes and orders by keyboard. The server draws rows, finds products and computes; here they only move.
(() => {
const $ = (selector, root = document) => root.querySelector(selector);
const $$ = (selector, root = document) => [...root.querySelectorAll(selector)];
let form, rows, options, timer, asked = 0, added = 0;

const rowOf = input => input.closest('[data-orders-line]');
const inputs = row => $$('input:not([type=hidden]), textarea', row);
const field = (row, name) => $(`[name$="-${name}"]`, row);
const changed = () => form.dispatchEvent(new Event('orders:changed'));

function address(path, row, more) {
  const value = name => form.elements[name]?.value ?? '';
  const query = new URLSearchParams({ part: form.dataset.part, currency: value('currency'), contact: value('contact'), day: value('day'), ...more });
  return `/orders/${path}?${query}`;
}

function add(kind, after) {
  const row = $(`#orders-blank-${kind}`).content.querySelector('tr').cloneNode(true);
  const key = `n${Date.now().toString(36)}${added++}`;
  row.innerHTML = row.innerHTML.replaceAll('__key__', key); row.id = `line-${key}`;
  while (after?.nextElementSibling?.dataset.ordersLine === 'part') after = after.nextElementSibling;
  after ? after.after(row) : rows.append(row);
  inputs(row)[0].focus();
  row.scrollIntoView({ block: 'nearest' });
}

// A bundle goes with its parts.
function block(row) {
  const found = [row];
  if (row.dataset.ordersLine === 'bundle') for (let next = row.nextElementSibling; next?.dataset.ordersLine === 'part'; next = next.nextElementSibling) found.push(next);
  return found;
}
function move(row, step) {
  const mine = block(row), focused = document.activeElement;
  let other = step < 0 ? mine[0].previousElementSibling : mine.at(-1).nextElementSibling;
  const part = row.dataset.ordersLine === 'part';
  if (!other || (part && other.dataset.ordersLine !== 'part')) return;
  while (!part && other.dataset.ordersLine === 'part' && other.previousElementSibling) other = other.previousElementSibling;
  step < 0 ? other.before(...mine) : block(other).at(-1).after(...mine);
  focused?.focus(); row.scrollIntoView({ block: 'nearest' }); changed();
}
function drop(row) {
  const mine = block(row), next = mine.at(-1).nextElementSibling ?? mine[0].previousElementSibling;
  close();
  mine.forEach(one => one.remove());
  next ? inputs(next)[0]?.focus() : add('item');
  changed();
}

// The list of products below what is typed.
function close() { options.hidden = true; $('[aria-expanded=true]', rows)?.setAttribute('aria-expanded', 'false'); }
async function find(input) {
  const turn = ++asked, answer = await fetch(address('products', null, { q: input.value }));
  if (!answer.ok || turn !== asked || document.activeElement !== input) return;
  options.innerHTML = await answer.text();
  input.after(options);
  options.hidden = !options.children.length;
  input.setAttribute('aria-expanded', String(!options.hidden));
  mark(0);
}
function mark(step) {
  const all = $$('li', options); if (!all.length) return;
  const at = Math.max(0, all.findIndex(one => one.ariaSelected === 'true'));
  const next = all[(at + step + all.length) % all.length];
  all.forEach(one => { one.ariaSelected = String(one === next); });
  next.scrollIntoView({ block: 'nearest' });
  options.parentElement.querySelector('[data-orders-find]')?.setAttribute('aria-activedescendant', next.id);
}
async function choose(option) {
  const row = rowOf(options), key = row.id.slice(5);
  const more = { product: option.dataset.product, key, quantity: field(row, 'quantity').value, discount: field(row, 'discount')?.value ?? '', id: field(row, 'id')?.value ?? '', version: field(row, 'version')?.value ?? '' };
  const answer = await fetch(address('rows', row, more));
  close();
  if (!answer.ok) return;
  form.append(options);
  const made = document.createElement('tbody');
  made.innerHTML = await answer.text();
  const first = made.firstElementChild;
  block(row).slice(1).forEach(one => one.remove());
  row.replaceWith(...made.children);
  const quantity = field(first, 'quantity');
  quantity.focus(); quantity.select();
  changed();
}

// Another quantity may have another price, unless somebody typed one; the parts of a bundle go along.
async function reprice(row) {
  const quantity = Number(field(row, 'quantity').value), price = field(row, 'price'), product = field(row, 'product').value;
  block(row).slice(1).forEach(part => { if (part.dataset.per && quantity > 0) field(part, 'quantity').value = +(part.dataset.per * quantity).toFixed(4); });
  if (!product || !price || price.dataset.typed) return;
  const answer = await fetch(address('price', row, { product, quantity: field(row, 'quantity').value }));
  const found = answer.ok ? await answer.json() : {};
  if (found.price && !price.dataset.typed) {
    price.value = found.price; field(row, 'why').value = found.why;
    const why = $('[data-orders-why]', row); if (why) why.textContent = found.why;
  }
  changed();
}

function key(event) {
  const input = event.target, row = rowOf(input);
  if (!row || event.isComposing) return;
  const open = !options.hidden && row.contains(options), step = { ArrowUp: -1, ArrowDown: 1 }[event.key];
  const stop = () => event.preventDefault();
  if (event.altKey && step) { stop(); move(row, step); return; }
  if (event.altKey && (event.key === 'Backspace' || event.key === 'Delete')) { stop(); drop(row); return; }
  if (event.ctrlKey || event.metaKey || event.altKey || event.shiftKey) return;
  if (open && step) { stop(); mark(step); return; }
  if (open && event.key === 'Escape') { stop(); close(); return; }
  if (event.key === 'Enter' && input.tagName === 'INPUT') {
    stop();
    const chosen = open && input.value.trim() && $('li[aria-selected=true]', options);
    if (chosen) choose(chosen); else { close(); add('item', row); }
    return;
  }
  if (step && input.tagName === 'INPUT') {
    const name = input.name.split('-').pop();
    for (let next = row; (next = step < 0 ? next.previousElementSibling : next.nextElementSibling);) {
      const there = field(next, name);
      if (there && there.type !== 'hidden') { stop(); there.focus(); there.select?.(); return; }
    }
  }
}

document.addEventListener('DOMContentLoaded', () => {
  form = $('#orders-form'); rows = $('#orders-rows'); options = $('#orders-options');
  if (!form) return;
  rows.addEventListener('keydown', key);
  rows.addEventListener('input', event => {
    if (event.target.name.endsWith('-price')) { event.target.dataset.typed = '1'; const row = rowOf(event.target); field(row, 'why').value = ''; const why = $('[data-orders-why]', row); if (why) why.textContent = ''; }
    if (!event.target.matches('[data-orders-find]')) return;
    const input = event.target, row = rowOf(input);
    clearTimeout(timer);
    if (!input.value.trim()) field(row, 'product').value = '';
    if (row.dataset.ordersLine === 'item' && !field(row, 'product').value) timer = setTimeout(() => find(input), 120);
  });
  rows.addEventListener('change', event => { if (event.target.name.endsWith('-quantity')) reprice(rowOf(event.target)); });
  rows.addEventListener('focusout', event => { if (event.target.matches('[data-orders-find]')) setTimeout(() => { if (document.activeElement !== event.target) close(); }, 150); });
  options.addEventListener('mousedown', event => { const option = event.target.closest('li'); if (option) { event.preventDefault(); choose(option); } });
  form.addEventListener('click', event => {
    const button = event.target.closest('[name=op]');
    if (!button) return;
    event.preventDefault();
    const row = rowOf(button);
    if (button.dataset.ordersAdd) add(button.dataset.ordersAdd);
    else if (button.dataset.ordersMove) move(row, Number(button.dataset.ordersMove));
    else drop(row);
  });
  // A second press of "Save" would only be answered by the first one's page.
  form.addEventListener('submit', event => { if (form.dataset.sent) event.preventDefault(); form.dataset.sent = '1'; });
  addEventListener('pageshow', () => { delete form.dataset.sent; });
  // From a deal or a contact the head is filled in: the next thing to type is the first line. What is wrong comes first.
  const line = $('[data-orders-find]', rows), complete = form.elements.title?.value && form.elements.contact?.value;
  if (!$('[data-gx-focus]')) complete && line && !line.value ? line.focus() : !complete && form.elements.title?.focus();
});
})();
