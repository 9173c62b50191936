/* Ondap's loader. It draws the bubble and nothing else; the panel is fetched when somebody opens it.
 *
 *   <script src="https://your-host/widget.js" defer
 *           data-locale="ko|en" data-title="…" data-color="#rrggbb" data-position="right|left" data-open></script>
 *
 * `window.Ondap`: open() close() toggle() ask(text) prefill(text) setLocale("ko"|"en")
 * setTheme("light"|"dark"|"auto") identify(token) destroy(). Calls made before the script has loaded are kept when the page says
 *   window.Ondap ||= []; Ondap.push(["ask", "반품은 어떻게 하나요?"]);
 * Events bubble from <ondap-widget> to the document: ondap:ready open close message answer feedback escalated unread error.
 * A page lifts or lowers the widget with the CSS variable --ondap-z-index.
 */
(() => {
  "use strict";

  const script = document.currentScript;
  const queued = Array.isArray(window.Ondap) ? window.Ondap : [];
  if (window.Ondap && !Array.isArray(window.Ondap)) return; // a page swap ran the tag a second time

  const BRAND = "#3a46c8";
  const WORDS = {
    ko: { open: "상담 열기", failed: "상담창을 불러오지 못했어요. 다시 눌러 주세요." },
    en: { open: "Open support chat", failed: "The chat could not be loaded. Please press again." },
  };
  const CSS = `
    :host { all: initial !important; }
    .root { --surface: #fff; --text: #16181d; position: fixed; z-index: var(--ondap-z-index, 2147483000); inset: auto;
      font: 400 16px/1.55 system-ui, -apple-system, "Apple SD Gothic Neo", "Malgun Gothic", "Noto Sans KR", "Noto Sans CJK KR", sans-serif; }
    .bubble { position: fixed; inset-block-end: calc(20px + env(safe-area-inset-bottom)); inline-size: 60px; block-size: 60px; padding: 0;
      display: grid; place-items: center; border: 2px solid transparent; border-radius: 50%; cursor: pointer; color: var(--on-brand);
      background: var(--brand) linear-gradient(160deg, rgb(255 255 255 / .18), transparent 60%) border-box;
      box-shadow: 0 1px 2px rgb(15 18 40 / .16), 0 10px 28px -6px rgb(15 18 40 / .38); transition: transform .18s cubic-bezier(.2,.8,.2,1); }
    .root[data-position="right"] .bubble { right: calc(20px + env(safe-area-inset-right)); }
    .root[data-position="left"] .bubble { left: calc(20px + env(safe-area-inset-left)); }
    .bubble:hover { transform: translateY(-2px); }
    .bubble:active { transform: scale(.96); }
    .bubble:focus-visible { outline: 3px solid var(--accent); outline-offset: 3px; }
    .bubble svg { inline-size: 29px; block-size: 29px; fill: none; stroke: currentColor; stroke-width: 1.9; stroke-linecap: round; stroke-linejoin: round; }
    .bubble[aria-busy="true"] svg { animation: breathe 1s ease-in-out infinite alternate; }
    .bubble[aria-expanded="true"] .talk, .bubble[aria-expanded="false"] .fold { display: none; }
    .badge { position: absolute; inset-block-start: -4px; inset-inline-end: -4px; min-inline-size: 22px; block-size: 22px; padding-inline: 5px;
      box-sizing: border-box; border-radius: 11px; background: #d92d20; color: #fff; font: 700 12px/22px system-ui, sans-serif; text-align: center;
      box-shadow: 0 0 0 2px #fff; }
    .badge[hidden] { display: none; }
    .failed { position: fixed; inset-block-end: calc(94px + env(safe-area-inset-bottom)); max-inline-size: 240px; padding: 10px 14px; border-radius: 12px;
      background: var(--surface); color: var(--text); font-size: 14px; word-break: keep-all; box-shadow: 0 8px 30px rgb(15 18 40 / .22); }
    .failed:empty { display: none; }
    .root[data-position="right"] .failed { right: 20px; }
    .root[data-position="left"] .failed { left: 20px; }
    .root[data-theme="dark"] { --surface: #1c1e26; --text: #eceef4; }
    @keyframes breathe { to { opacity: .35; } }
    @media (prefers-reduced-motion: reduce) { .bubble, .bubble svg { transition: none; animation: none !important; } }
    @media (forced-colors: active) { .bubble { border-color: ButtonText; } .badge { border: 1px solid; line-height: 20px; } }
    @media print { .root { display: none; } }
    @media (max-width: 480px) { .bubble[aria-expanded="true"] { display: none; } }`;

  const luminance = (hex) => {
    const [r, g, b] = [1, 3, 5]
      .map((at) => parseInt(hex.slice(at, at + 2), 16) / 255)
      .map((part) => (part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const contrast = (one, other) => {
    const [dark, light] = [luminance(one), luminance(other)].sort((a, b) => a - b);
    return (light + 0.05) / (dark + 0.05);
  };
  const mixed = (hex, target, share) =>
    "#" +
    [1, 3, 5]
      .map((at) => parseInt(hex.slice(at, at + 2), 16) * (1 - share) + parseInt(target.slice(at, at + 2), 16) * share)
      .map((part) => Math.round(part).toString(16).padStart(2, "0"))
      .join("");
  /** The brand colour, moved toward `ink` until it can be read (4.5:1) on `surface`. */
  const readable = (brand, surface, ink) => {
    let share = 0;
    while (share < 1 && contrast(mixed(brand, ink, share), surface) < 4.5) share += 0.05;
    return mixed(brand, ink, Math.min(share, 1));
  };

  const svg = (name, path) => {
    const image = document.createElementNS("http://www.w3.org/2000/svg", "svg");
    image.setAttribute("viewBox", "0 0 24 24");
    image.setAttribute("class", name);
    image.setAttribute("aria-hidden", "true");
    const line = document.createElementNS("http://www.w3.org/2000/svg", "path");
    line.setAttribute("d", path);
    image.append(line);
    return image;
  };
  const element = (tag, name) => Object.assign(document.createElement(tag), { className: name });

  const readSettings = ({ dataset }) => ({
    base: new URL(".", script.src).href,
    locale: pickLocale(dataset.locale || document.documentElement.lang || navigator.language),
    title: dataset.title || "",
    brand: /^#[0-9a-f]{6}$/i.test(dataset.color || "") ? dataset.color : BRAND,
    position: dataset.position === "left" ? "left" : "right",
    open: "open" in dataset && dataset.open !== "false",
  });
  const pickLocale = (wish) => (/^en\b/i.test(wish) ? "en" : "ko");

  /** What an earlier page of this tab left behind: an open panel, or a question without its answer yet. */
  const unfinished = (base) => {
    try {
      const kept = JSON.parse(sessionStorage.getItem(`ondap:${base}`)) || {};
      return { open: kept.open === true, needed: kept.open === true || (kept.outbox || []).length > 0 };
    } catch {
      return { open: false, needed: false }; // storage is off, or what is in it is not ours
    }
  };

  class OndapWidget extends HTMLElement {
    #settings;
    #root;
    #bubble;
    #badge;
    #failed;
    #panel; // a promise once somebody asked for it
    #isOpen = false;
    #theme = "auto";
    #dark = matchMedia("(prefers-color-scheme: dark)");
    #repaint = () => this.#paint();

    start(settings) {
      this.#settings = settings;
      const sheet = new CSSStyleSheet();
      sheet.replaceSync(CSS);
      const shadow = this.attachShadow({ mode: "open" });
      shadow.adoptedStyleSheets = [sheet];
      this.#root = element("div", "root");
      this.#root.dataset.position = settings.position;
      this.#bubble = element("button", "bubble");
      this.#bubble.type = "button";
      this.#bubble.setAttribute("aria-expanded", "false");
      this.#badge = element("span", "badge");
      this.#badge.hidden = true;
      this.#bubble.append(
        svg("talk", "M12 3.5c-5 0-9 3.4-9 7.7 0 2.5 1.4 4.7 3.5 6.1l-.6 3.2 3.6-1.8c.8.2 1.6.2 2.5.2 5 0 9-3.4 9-7.7s-4-7.7-9-7.7ZM8.2 11.3h.01M12 11.3h.01M15.8 11.3h.01"),
        svg("fold", "m6 9.5 6 6 6-6"),
        this.#badge,
      );
      this.#failed = element("div", "failed");
      this.#failed.setAttribute("role", "status");
      this.#bubble.addEventListener("click", () => this.toggle());
      this.#dark.addEventListener("change", this.#repaint);
      this.#root.append(this.#failed, this.#bubble);
      shadow.append(this.#root);
      this.#paint();
      this.#relabel();
    }

    get isOpen() {
      return this.#isOpen;
    }

    async open() {
      const opener = this.shadowRoot.activeElement || document.activeElement;
      const byHand = navigator.userActivation?.isActive ?? false; // only a person's gesture may move the focus
      const panel = await this.load();
      if (!panel || this.#isOpen) return;
      this.#isOpen = true;
      this.#bubble.setAttribute("aria-expanded", "true");
      this.showUnread(0);
      panel.open({ opener, byHand });
      this.tell("open");
    }

    async close() {
      if (!this.#isOpen) return;
      this.#isOpen = false;
      this.#bubble.setAttribute("aria-expanded", "false");
      (await this.#panel).close({ otherwise: this.#bubble });
      this.tell("close");
    }

    toggle() {
      return this.#isOpen ? this.close() : this.open();
    }

    async ask(text) {
      await this.open();
      (await this.#panel)?.ask(String(text));
    }

    async prefill(text) {
      await this.open();
      (await this.#panel)?.prefill(String(text));
    }

    async setLocale(locale) {
      this.#settings.locale = pickLocale(locale);
      this.#relabel();
      await (await this.#panel)?.setLocale(this.#settings.locale);
    }

    identify(token) {
      this.#settings.token = token;
    }

    setTheme(theme) {
      this.#theme = theme;
      this.#paint();
    }

    async destroy() {
      this.#dark.removeEventListener("change", this.#repaint);
      this.remove();
      delete window.Ondap;
      (await this.#panel)?.destroy();
    }

    /** The panel, fetched once; undefined when it cannot be had right now. */
    load() {
      this.#panel ??= this.#fetchPanel();
      return this.#panel;
    }

    async #fetchPanel() {
      this.#bubble.setAttribute("aria-busy", "true");
      this.#failed.textContent = "";
      try {
        const { createPanel } = await import(new URL("widget/panel.js", this.#settings.base).href);
        return await createPanel({ widget: this, root: this.#root, settings: this.#settings });
      } catch (error) {
        this.#panel = undefined;
        this.#failed.textContent = WORDS[this.#settings.locale].failed;
        this.tell("error", { code: "panel_unavailable" });
        console.error("Ondap: the panel could not be loaded.", error);
        return undefined;
      } finally {
        this.#bubble.removeAttribute("aria-busy");
      }
    }

    showUnread(count) {
      this.#badge.hidden = count === 0;
      this.#badge.textContent = count > 9 ? "9+" : String(count);
      if (count > 0) this.tell("unread", { count });
    }

    tell(name, detail = {}) {
      this.dispatchEvent(new CustomEvent(`ondap:${name}`, { detail, bubbles: true, composed: true }));
    }

    #relabel() {
      this.#root.lang = this.#settings.locale;
      this.#bubble.setAttribute("aria-label", WORDS[this.#settings.locale].open);
    }

    #paint() {
      const { brand } = this.#settings;
      const dark = this.#theme === "dark" || (this.#theme !== "light" && this.#dark.matches);
      this.#root.dataset.theme = dark ? "dark" : "light";
      this.#root.style.setProperty("--brand", brand);
      this.#root.style.setProperty("--on-brand", contrast("#ffffff", brand) >= 4.5 ? "#ffffff" : "#000000");
      this.#root.style.setProperty("--accent", dark ? readable(brand, "#31323c", "#ffffff") : readable(brand, "#eef0f6", "#000000"));
    }
  }

  const settings = readSettings(script);
  if (!customElements.get("ondap-widget")) customElements.define("ondap-widget", OndapWidget);
  const widget = document.createElement("ondap-widget");
  widget.start(settings);
  // Beside the body, not in it: frameworks that swap the body leave us and a running answer alone.
  document.documentElement.append(widget);

  const methods = ["open", "close", "toggle", "ask", "prefill", "setLocale", "identify", "setTheme", "destroy"];
  const api = Object.fromEntries(methods.map((name) => [name, (...values) => widget[name](...values)]));
  api.push = ([name, ...values]) => api[name](...values);
  window.Ondap = Object.freeze(api);

  const earlier = unfinished(settings.base);
  if (settings.open || earlier.open) widget.open();
  else if (earlier.needed) widget.load();
  widget.tell("ready");
  queued.forEach(api.push);
})();
