/** The panel's own words in one language. Elements remember which words they carry, so the language can change. */
export class Words {
  locale;
  #base;
  #catalogue = {};

  constructor(base) {
    this.#base = base;
  }

  /** With the persona's greeting, if it comes in time: an open panel does not change its words. */
  async use(locale) {
    this.locale = locale;
    const greeting = greetingOf(new URL(`api/persona?locale=${locale}`, this.#base));
    const { default: own } = await import(`./locales/${locale}.js`);
    this.#catalogue = { ...own, ...(await greeting) };
  }

  get(key) {
    return this.#catalogue[key];
  }

  /** `element` with these words as its text. */
  text(element, key) {
    element.dataset.words = key;
    element.textContent = this.get(key);
    return element;
  }

  /** `element` with these words as its accessible name, and as a hint for the mouse. */
  name(element, key) {
    element.dataset.name = key;
    element.setAttribute("aria-label", this.get(key));
    if (element.localName === "button") element.title = this.get(key);
    return element;
  }

  placeholder(element, key) {
    element.dataset.placeholder = key;
    element.placeholder = this.get(key);
    return element;
  }

  /** Say everything under `root` again, after `use`. */
  refresh(root) {
    for (const element of root.querySelectorAll("[data-words]")) this.text(element, element.dataset.words);
    for (const element of root.querySelectorAll("[data-name]")) this.name(element, element.dataset.name);
    for (const element of root.querySelectorAll("[data-placeholder]")) this.placeholder(element, element.dataset.placeholder);
  }
}

async function greetingOf(url) {
  try {
    const { greeting } = await (await fetch(url, { credentials: "omit", signal: AbortSignal.timeout(400) })).json();
    return greeting && { greeting };
  } catch {
    return null;
  }
}
