import { h, icon } from "./elements.js";

/**
 * Thumbs under an answer. A thumb down asks for a reason in the visitor's own words.
 * `given` is the thumb of an earlier visit, if any; `send(helpful, comment?)` says whether a new one arrived.
 */
export function feedback({ words, announce, given, send, changed }) {
  const outcome = h("span", { class: "outcome" });
  const say = (key) => {
    words.text(outcome, key);
    announce.say(words.get(key));
  };

  const give = async (helpful, comment) => {
    up.setAttribute("aria-pressed", String(helpful));
    down.setAttribute("aria-pressed", String(!helpful));
    if (await send(helpful, comment)) return true;
    up.setAttribute("aria-pressed", "false");
    down.setAttribute("aria-pressed", "false");
    say("feedback_failed");
    return false;
  };

  const thumb = (name, key, pressed, onclick) =>
    words.name(h("button", { type: "button", class: "thumb", "aria-pressed": String(pressed), onclick }, icon(name)), key);
  const up = thumb("up", "helpful", given === true, async () => {
    reason.hidden = true;
    if (await give(true)) say("thanks");
  });
  const down = thumb("down", "unhelpful", given === false, async () => {
    reason.hidden = false;
    changed();
    field.focus({ preventScroll: true });
    await give(false);
  });

  const field = words.name(words.placeholder(h("input", { type: "text", maxlength: 500, autocomplete: "off" }), "reason"), "reason");
  const onsubmit = async (event) => {
    event.preventDefault();
    const comment = field.value.trim();
    reason.hidden = true;
    down.focus({ preventScroll: true });
    if (await give(false, comment || undefined)) say("thanks");
  };
  const submit = words.text(h("button", { type: "submit", class: "quiet" }), "reason_send");
  const reason = h("form", { class: "reason", hidden: true, onsubmit }, field, submit);
  return h("div", { class: "feedback" }, h("div", { class: "thumbs" }, up, down, outcome), reason);
}
