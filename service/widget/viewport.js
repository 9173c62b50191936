/**
 * Keep `panel` inside what the on-screen keyboard leaves: iOS lays it over the page and changes no CSS unit.
 * Returns a function that stops it.
 */
export function fitAboveKeyboard(panel) {
  const view = window.visualViewport;
  const fit = () => {
    panel.style.setProperty("--seen-height", `${view.height}px`);
    panel.style.setProperty("--seen-top", `${view.offsetTop}px`);
  };
  fit();
  view.addEventListener("resize", fit);
  view.addEventListener("scroll", fit);
  return () => {
    view.removeEventListener("resize", fit);
    view.removeEventListener("scroll", fit);
  };
}
