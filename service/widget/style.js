/* A constructed sheet: the strict content security policies we promise to live under allow no <style> and no style="". */
export const sheet = new CSSStyleSheet();

sheet.replaceSync(`
.root {
  --line: #e4e6ee; --canvas: #f5f6fa; --soft: #eef0f6; --quiet: #5c6170; --good: #0b7a4b; --good-soft: #e6f5ed;
  --warn: #8a5a00; --warn-soft: #fdf2dc; --bad: #b42318; --bad-soft: #fdecea;
  --brand-soft: color-mix(in srgb, var(--accent) 9%, var(--surface));
  --shadow: 0 0 0 1px rgb(15 18 40 / .06), 0 2px 6px rgb(15 18 40 / .06), 0 24px 60px -12px rgb(15 18 40 / .32);
}
.root[data-theme="dark"] {
  --surface: #1c1e26; --text: #eceef4; --line: #343844; --canvas: #14161c; --soft: #262932; --quiet: #a5abbb; --good: #6ad6a3; --good-soft: #17342a;
  --warn: #f0c061; --warn-soft: #372c14; --bad: #ff9c90; --bad-soft: #3d1f1d;
  --brand-soft: color-mix(in srgb, var(--accent) 13%, var(--surface));
  --shadow: 0 0 0 1px rgb(255 255 255 / .08), 0 24px 60px -12px rgb(0 0 0 / .7);
}
.panel, .panel :where(*) { box-sizing: border-box; }
.panel {
  position: fixed; inset-block-end: calc(94px + env(safe-area-inset-bottom)); inline-size: 400px; max-inline-size: calc(100vw - 32px);
  block-size: min(700px, 100dvh - 118px); display: flex; flex-direction: column; overflow: hidden; border-radius: 22px; border: 1px solid transparent;
  color: var(--text); background: var(--surface); box-shadow: var(--shadow); text-align: start; word-break: keep-all; overflow-wrap: anywhere;
  -webkit-text-size-adjust: 100%; animation: rise .22s cubic-bezier(.2, .8, .2, 1);
}
.root[data-position="right"] .panel { right: calc(20px + env(safe-area-inset-right)); transform-origin: right bottom; }
.root[data-position="left"] .panel { left: calc(20px + env(safe-area-inset-left)); transform-origin: left bottom; }
.root [hidden] { display: none; }
.panel:focus { outline: none; }
.panel :where(p, h2, ul, ol, pre, blockquote) { margin: 0; padding: 0; }
.panel :where(ul, ol) { list-style: disc; }
.panel :where(ol) { list-style: decimal; }
.panel :where([role="list"]) { list-style: none; }
.panel :where(button, input, textarea) { font: inherit; color: inherit; letter-spacing: inherit; }
.panel :where(button) { cursor: pointer; border: 1px solid transparent; background: none; touch-action: manipulation; }
.panel :where(button[aria-disabled="true"]) { cursor: default; }
.panel :is(button, a, input, pre, .transcript):focus-visible { outline: 2px solid var(--accent); outline-offset: 2px; }
.panel .transcript:focus-visible { outline-offset: -3px; }
.icon { flex: none; inline-size: 20px; block-size: 20px; fill: none; stroke: currentColor; stroke-width: 1.8; stroke-linecap: round; stroke-linejoin: round; }
.unseen { position: absolute; inline-size: 1px; block-size: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
.fine { font-size: 12.5px; line-height: 1.45; color: var(--quiet); }

header { display: flex; align-items: center; gap: 11px; padding: 14px 10px 14px 18px; border-block-end: 1px solid var(--line); }
.mark { flex: none; display: grid; place-items: center; inline-size: 40px; block-size: 40px; border-radius: 14px; color: var(--on-brand);
  background: var(--brand) linear-gradient(150deg, rgb(255 255 255 / .22), transparent 65%); }
.mark .icon { fill: currentColor; stroke: none; inline-size: 22px; block-size: 22px; }
.who { flex: 1; min-inline-size: 0; }
header h2 { font-size: 16px; font-weight: 700; line-height: 1.3; letter-spacing: -.01em; }
header p { overflow: hidden; text-overflow: ellipsis; white-space: nowrap; font-size: 12.5px; line-height: 1.4; color: var(--quiet); }
.agent { display: flex; align-items: center; gap: 6px; flex: none; min-block-size: 44px; padding: 0 13px; border-radius: 22px; font-size: 13.5px; font-weight: 600; color: var(--accent); background: var(--brand-soft); }
.agent[aria-disabled="true"] { color: var(--good); background: var(--good-soft); }
.close { flex: none; display: grid; place-items: center; inline-size: 44px; block-size: 44px; padding: 0; border-radius: 50%; color: var(--quiet); }
.close:hover { background: var(--soft); }
.offline { display: flex; align-items: center; gap: 8px; padding: 9px 18px; font-size: 13.5px; color: var(--warn); background: var(--warn-soft); }

.reading { position: relative; flex: 1; min-block-size: 0; background: var(--canvas); }
.transcript { block-size: 100%; overflow-y: auto; overscroll-behavior: contain; padding: 20px 16px 24px; scrollbar-width: thin; scrollbar-color: var(--line) transparent; }
.greeting { max-inline-size: 30ch; margin-block-end: 22px; font-size: 18px; font-weight: 700; line-height: 1.4; letter-spacing: -.015em; }
.greeting .fine { margin-block-start: 6px; font-size: 13.5px; font-weight: 400; letter-spacing: 0; }
.exchanges { display: flex; flex-direction: column; gap: 22px; }
.exchange { display: flex; flex-direction: column; gap: 10px; }
.question { align-self: flex-end; max-inline-size: 84%; display: flex; flex-direction: column; align-items: flex-end; gap: 4px; }
.question p { padding: 9px 15px; border-radius: 19px; border-end-end-radius: 6px; font-size: 15px; white-space: pre-wrap; overflow: hidden; unicode-bidi: isolate;
  color: var(--on-brand); background: var(--brand); border: 1px solid transparent; max-inline-size: 100%; }
.waiting { font-size: 12px; color: var(--quiet); }
.answer { align-self: flex-start; inline-size: fit-content; max-inline-size: 94%; min-inline-size: 0; padding: 13px 16px; border-radius: 19px; border-start-start-radius: 6px;
  font-size: 15px; line-height: 1.62; background: var(--surface); border: 1px solid var(--line); overflow: hidden; }
.answer:has(.near) { inline-size: 94%; }
.source { display: flex; font-size: 12px; font-weight: 600; line-height: 1.5; margin-block-end: 7px; }
.source:empty { display: none; }
.source > span { display: inline-flex; align-items: center; gap: 0; padding: 2px 9px 2px 6px; border-radius: 11px; white-space: pre-wrap; }
.source .icon { inline-size: 15px; block-size: 15px; margin-inline-end: 4px; stroke-width: 2.2; }
.source { flex-wrap: wrap; gap: 2px 8px; align-items: center; }
.source cite { color: var(--quiet); font-style: normal; font-weight: 400; }
.badge-sure { color: var(--good); background: var(--good-soft); }
.badge-fair { color: var(--quiet); background: var(--soft); }
.badge-check { color: var(--warn); background: var(--warn-soft); }
.body { unicode-bidi: isolate; }
.body > * + * { margin-block-start: .6em; }
.body .tail { white-space: pre-wrap; }
.answer[aria-busy="true"] .tail::after { content: ""; display: inline-block; inline-size: 7px; block-size: 1em; margin-inline-start: 3px; border-radius: 2px;
  vertical-align: -.12em; background: var(--accent); animation: breathe .7s ease-in-out infinite alternate; }
.body .heading { font-weight: 700; }
.body a { color: var(--accent); font-weight: 600; text-decoration: underline; text-underline-offset: 3px; text-decoration-thickness: 1px; }
.body :is(ul, ol) { padding-inline-start: 1.35em; }
.body li + li { margin-block-start: .25em; }
.body li::marker { color: var(--quiet); }
.body code { padding: .1em .35em; border-radius: 5px; background: var(--soft); font: .9em/1.5 ui-monospace, "SFMono-Regular", Consolas, monospace; }
.body pre { padding: 10px 12px; border-radius: 10px; background: var(--soft); overflow-x: auto; word-break: normal; }
.body pre code { padding: 0; background: none; }
.body blockquote { padding-inline-start: 12px; border-inline-start: 3px solid var(--line); color: var(--quiet); }
.body hr { border: 0; border-block-start: 1px solid var(--line); }
.dots { display: inline-flex; gap: 5px; padding-block: 8px; }
.dots i { inline-size: 7px; block-size: 7px; border-radius: 50%; background: var(--quiet); animation: hop 1.1s ease-in-out infinite; }
.dots i:nth-child(2) { animation-delay: .14s; }
.dots i:nth-child(3) { animation-delay: .28s; }
.notice { display: flex; flex-wrap: wrap; align-items: center; gap: 6px; padding-block: 6px; font-size: 13.5px; line-height: 1.5; color: var(--bad); }
.notice span { flex: 1 1 8em; }
.quiet { display: inline-flex; align-items: center; justify-content: center; gap: 6px; min-block-size: 44px; padding: 0 14px; border-radius: 12px; font-size: 13.5px; font-weight: 600; white-space: nowrap; color: var(--text); background: var(--soft); }
.quiet span { flex: none; }
.quiet .icon { inline-size: 17px; block-size: 17px; }
.more { display: flex; flex-direction: column; align-items: stretch; gap: 12px; }
.more:not(:empty) { margin-block-start: 12px; }
.near-title { margin-block-end: 8px; font-size: 13.5px; font-weight: 700; }
.near ul { display: flex; flex-direction: column; gap: 6px; }
.pick { display: flex; align-items: center; gap: 8px; inline-size: 100%; min-block-size: 46px; padding: 9px 10px 9px 14px; border-radius: 13px; text-align: start; font-size: 14.5px; line-height: 1.45; border-color: var(--line); background: var(--surface); transition: background .15s, border-color .15s; }
.pick:hover { border-color: var(--accent); background: var(--brand-soft); }
.pick span { flex: 1; }
.near ul + * { margin-block-start: 6px; }
.near .quiet { inline-size: 100%; color: var(--quiet); background: none; }
.pick .icon { inline-size: 17px; block-size: 17px; color: var(--quiet); }
.offer { display: flex; align-items: center; justify-content: center; gap: 8px; min-block-size: 46px; padding: 0 18px; border-radius: 13px; font-size: 14.5px; font-weight: 600; color: var(--accent); background: var(--brand-soft); border-color: color-mix(in srgb, var(--accent) 30%, transparent); }
.escalated .offer { display: none; }
.feedback { margin-block: -5px -8px; }
.thumbs { display: flex; align-items: center; gap: 2px; margin-inline-start: -11px; }
.thumb { display: grid; place-items: center; inline-size: 44px; block-size: 44px; padding: 0; border-radius: 50%; color: var(--quiet); }
.thumb:hover { background: var(--soft); color: var(--text); }
.thumb[aria-pressed="true"] { color: var(--accent); background: var(--brand-soft); }
.thumb .icon { inline-size: 19px; block-size: 19px; }
.outcome { margin-inline-start: 8px; font-size: 12.5px; color: var(--quiet); }
.reason .quiet { flex: 1 0 auto; }
.reason { display: flex; flex-wrap: wrap; gap: 8px; padding-block: 6px 10px; }
.reason input { flex: 1 1 220px; min-inline-size: 0; min-block-size: 44px; padding: 0 13px; border: 1px solid var(--line); border-radius: 12px; background: var(--surface); font-size: 16px; }
.reason input::placeholder, .field::placeholder { color: var(--quiet); opacity: 1; }
.note { align-self: center; max-inline-size: 90%; padding: 8px 14px; border-radius: 12px; font-size: 13.5px; line-height: 1.5; text-align: center; color: var(--quiet); background: var(--soft); }
.newer { position: absolute; inset-block-end: 12px; inset-inline: 0; margin-inline: auto; inline-size: fit-content; display: flex; align-items: center; gap: 6px;
  min-block-size: 44px; padding: 0 18px 0 13px; border-radius: 22px; font-size: 13.5px; font-weight: 600; box-shadow: 0 6px 20px rgb(15 18 40 / .24); color: var(--surface); background: var(--text); }

footer { position: relative; padding: 12px 14px calc(10px + env(safe-area-inset-bottom)); border-block-start: 1px solid var(--line); background: var(--surface); }
footer .fine { margin-block-start: 8px; text-align: center; font-size: 11.5px; }
.stop { flex: none; display: grid; place-items: center; inline-size: 44px; block-size: 44px; padding: 0; border-radius: 50%; color: var(--text); background: var(--soft);
  animation: appear .15s .3s backwards; }
.stop .icon { fill: currentColor; }
.line { display: flex; align-items: flex-end; gap: 6px; padding: 3px 3px 3px 17px; border: 1px solid var(--line); border-radius: 26px; background: var(--canvas); transition: border-color .15s, box-shadow .15s; }
.line:focus-within { border-color: var(--accent); box-shadow: 0 0 0 3px color-mix(in srgb, var(--accent) 22%, transparent); }
.field { flex: 1; min-inline-size: 0; max-block-size: 132px; padding: 10px 0; border: 0; outline: 0; resize: none; background: none; font-size: 16px; line-height: 24px; overflow-y: auto; scrollbar-width: thin; }
.send { flex: none; display: grid; place-items: center; inline-size: 44px; block-size: 44px; padding: 0; border-radius: 50%; color: var(--on-brand); background: var(--brand); }
.limit { display: flex; justify-content: space-between; gap: 12px; padding-inline: 6px; font-size: 12.5px; color: var(--quiet); }
.field[aria-invalid="true"] { color: var(--bad); }
.limit > span:not(:empty) { padding-block-start: 6px; }
.limit > span:first-child { color: var(--bad); }

@keyframes rise { from { opacity: 0; transform: translateY(12px) scale(.98); } }
@keyframes appear { from { opacity: 0; } }
@keyframes hop { 0%, 60%, 100% { transform: none; opacity: .45; } 30% { transform: translateY(-4px); opacity: 1; } }
@media (max-width: 480px) {
  .root .panel { inset: var(--seen-top, 0) 0 auto; inline-size: 100%; max-inline-size: none; block-size: min(100dvh, var(--seen-height, 100dvh)); border: 0; border-radius: 0;
    padding-block-start: env(safe-area-inset-top); padding-inline: env(safe-area-inset-left) env(safe-area-inset-right); box-shadow: none; }
}
@media (max-width: 380px) { .mark { display: none; } }
@media (prefers-reduced-motion: reduce) { .panel, .panel *, .panel *::after { animation: none !important; transition: none !important; } }
@media (forced-colors: active) {
  .panel, .panel button, .question p, .line { border-color: ButtonText !important; }
  .dots i, .answer .tail::after { background: CanvasText !important; }
  .panel [aria-pressed="true"] { outline: 2px solid Highlight; }
}
@media print { .panel { display: none; } }
`);
