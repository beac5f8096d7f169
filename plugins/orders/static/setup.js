// Shows a chosen logo before it is saved; what the server will not take is said there.
document.querySelector('[data-orders-logo]')?.addEventListener('change', event => {
  const file = event.target.files[0], box = document.querySelector('.orders-logo-box');
  if (!file || !/^image\/(png|jpeg|webp|gif)$/.test(file.type)) return;
  const reader = new FileReader();
  reader.onload = () => {
    const image = document.createElement('img');
    image.className = 'orders-logo';
    image.alt = file.name;
    image.src = reader.result;
    box.replaceChildren(image);
  };
  reader.readAsDataURL(file);
});
