// Adding files: dropped anywhere on the page or chosen, sent one by one with progress; a refused one costs no other.
(() => {
const form = () => document.querySelector('[data-gx-files]');

function row(list, name) {
  const item = document.createElement('li'), text = document.createElement('div'), bar = document.createElement('progress');
  text.textContent = name; text.className = 'gx-ell'; bar.className = 'progress'; bar.max = 1; bar.value = 0;
  bar.setAttribute('aria-label', name);
  item.append(text, bar); list.append(item);
  return { at: share => { bar.value = share; }, done: () => item.remove(), failed: why => { bar.remove(); text.textContent = why; text.className = 'gx-t-danger'; } };
}

// Fetch cannot tell how much of an upload has gone out; this can.
function send(form, file, batch, line) {
  const said = key => form.dataset[key].replace('{name}', file.name);
  if (file.size > form.dataset.max * 1024 * 1024) { line.failed(said('tooLarge')); return Promise.resolve(batch); }
  return new Promise(next => {
    const request = new XMLHttpRequest(), body = new FormData();
    body.append('csrf_token', form.elements.csrf_token.value);
    if (batch) body.append('batch', batch);
    body.append('file', file);
    request.open('POST', form.action);
    request.setRequestHeader('Accept', 'application/json');
    request.responseType = 'json';
    request.upload.onprogress = event => line.at(event.loaded / event.total);
    request.onloadend = () => {
      const answer = request.response;
      if (request.status === 200 && answer) line.done(); else line.failed(answer?.refused?.[0] || said('failed'));
      next(answer?.batch || batch);
    };
    request.send(body);
  });
}

async function upload(form, files) {
  const list = form.querySelector('.gx-uploads'), target = form.dataset.gxFiles;
  const lines = files.map(file => [file, row(list, file.name)]);
  let batch = null;
  for (const [file, line] of lines) batch = await send(form, file, batch, line);
  if (batch) await htmx.ajax('GET', `${form.action}?part=${target.slice(1)}&batch=${batch}`, { target, swap: target === '#files' ? 'innerHTML' : 'outerHTML' });
  // The panel was drawn anew with its form: what was refused is said there.
  const anew = document.querySelector(`[data-gx-files="${target}"] .gx-uploads`);
  if (anew && anew !== list) anew.append(...list.children);
}

document.addEventListener('change', event => {
  const chosen = event.target.closest('[data-gx-files] input[type=file]');
  if (!chosen?.files.length) return;
  upload(chosen.form, [...chosen.files]);
  chosen.value = '';
});

// Only files count: a line of text may be dragged as ever.
const brings = event => form() && event.dataTransfer?.types.includes('Files');
const mark = on => form()?.classList.toggle('is-over', on);
document.addEventListener('dragover', event => { if (brings(event)) { event.preventDefault(); mark(true); } });
document.addEventListener('dragleave', event => { if (!event.relatedTarget) mark(false); });
document.addEventListener('drop', event => {
  if (!brings(event)) return;
  event.preventDefault(); mark(false);
  const files = [...event.dataTransfer.files].filter(file => file.size || file.type);  // a folder has neither
  if (files.length) upload(event.target.closest('[data-gx-files]') || form(), files);
});
})();
