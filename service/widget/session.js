/**
 * What this tab remembers across a reload: the conversation's handle, messages on their way, and whether we were open.
 * sessionStorage, so that the next person at a shared computer starts afresh; memory where storage is off.
 */
export class Session {
  #name;
  #state = { handle: null, outbox: [], open: false };

  constructor(base) {
    this.#name = `ondap:${base}`; // the loader reads the same name
    attempt(() => {
      const { handle, outbox, open } = JSON.parse(sessionStorage.getItem(this.#name)) ?? {};
      const isOurs = Array.isArray(outbox) && (handle === null || typeof handle === "string");
      if (isOurs) this.#state = { handle, outbox, open };
    });
  }

  /** The conversation's secret; its part before the first dot is public. */
  get handle() {
    return this.#state.handle;
  }

  set handle(handle) {
    this.#keep({ handle });
  }

  /** Messages without a finished answer, oldest first. A change inside one is kept with `save`. */
  get outbox() {
    return this.#state.outbox;
  }

  set outbox(outbox) {
    this.#keep({ outbox });
  }

  set open(open) {
    this.#keep({ open });
  }

  save() {
    this.#keep({});
  }

  #keep(change) {
    Object.assign(this.#state, change);
    attempt(() => sessionStorage.setItem(this.#name, JSON.stringify(this.#state)));
  }
}

function attempt(storing) {
  try {
    storing();
  } catch (error) {
    console.warn("Ondap: this conversation will not survive a reload.", error);
  }
}
