/*
 * One Enter sends one message, in Korean too.
 *
 * A Korean syllable stays in composition until the next key, so the Enter that means "send" arrives while the last
 * syllable is still being written. Sending at once loses or leaks that syllable; ignoring Enter while composing makes
 * every message need two. Hence: remember the Enter, wait for the composition to end, send then. Japanese and Chinese
 * confirm a conversion with Enter, so there it must do nothing.
 */

const ENDS_IN_HANGUL = /[\u1100-\u11ff\u3130-\u318f\ua960-\ua97f\uac00-\ud7ff]$/;
const ECHO_MS = 60; // how late an input method repeats an Enter that it has already delivered

/** Call `send` when Enter in `field` means it. `isTouch` says whether Enter is the only way to a new line. */
export function sendOnEnter(field, send, isTouch = onlyTouch) {
  let composing = false; // tracked here as well: a plain Enter can come before compositionend
  let composed = "";
  let hangulEndedAt = -Infinity;
  let pending = false;
  let sentAt = -Infinity;

  const justNow = (moment) => performance.now() - moment < ECHO_MS;
  const fire = () => {
    pending = false;
    sentAt = performance.now();
    send();
  };

  field.addEventListener("compositionstart", () => {
    composing = true;
    composed = "";
  });
  field.addEventListener("compositionupdate", (event) => {
    composed = event.data;
  });
  field.addEventListener("compositionend", (event) => {
    composing = false;
    composed = event.data;
    hangulEndedAt = ENDS_IN_HANGUL.test(composed) ? performance.now() : -Infinity;
    // The field holds the last syllable only after this event.
    if (pending) setTimeout(() => pending && fire());
  });

  field.addEventListener("keydown", (event) => {
    if (!isEnter(event) || event.shiftKey || isTouch()) return;
    if (justNow(sentAt)) {
      event.preventDefault();
    } else if (composing || event.isComposing) {
      if (!ENDS_IN_HANGUL.test(composed)) return;
      event.preventDefault();
      pending = true;
    } else if (event.keyCode === 229) {
      // Safari: compositionend came first, and this is the Enter that caused it.
      if (!justNow(hangulEndedAt)) return;
      event.preventDefault();
      fire();
    } else {
      event.preventDefault();
      fire();
    }
  });
  field.addEventListener("beforeinput", (event) => {
    const isBreak = event.inputType === "insertLineBreak" || event.inputType === "insertParagraph";
    if (isBreak && (pending || justNow(sentAt))) event.preventDefault();
  });
  field.addEventListener("blur", () => {
    pending = false;
  });
}

// Windows reports the key of a composing Enter as "Process"; the code still says which key it was.
const isEnter = ({ key, code }) => key === "Enter" || (key === "Process" && /^(Numpad)?Enter$/.test(code));

const onlyTouch = () => matchMedia("(pointer: coarse)").matches && !matchMedia("(any-pointer: fine)").matches;
