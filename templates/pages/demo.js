// Every element with data-ask asks its question in the chat: all a page needs to offer questions of its own.
document.addEventListener("click", (event) => {
  const asker = event.target.closest("[data-ask]");
  if (asker) window.Ondap.ask(asker.dataset.ask);
});
