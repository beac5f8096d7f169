// The one thing that a link cannot do.
addEventListener('click', event => { if (event.target.closest('[data-orders-print]')) print(); });
