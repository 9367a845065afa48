/** The only style of all pages: system fonts, light and dark by the reader's choice, contrasts of 4.5:1 and more, a visible focus. */
export const style = `:root {
  color-scheme: light dark;
  --back: #f3f4f6; --card: #ffffff; --text: #1b1f24; --soft: #57606a; --line: #8c959f;
  --accent: #0b57b0; --on-accent: #ffffff; --bad: #a40e26; --bad-back: #fff0f0;
}
@media (prefers-color-scheme: dark) {
  :root {
    --back: #0f1216; --card: #1a1f26; --text: #e8ebef; --soft: #a3acb7; --line: #6b7682;
    --accent: #8ab8ff; --on-accent: #0b1a2e; --bad: #ff9c9c; --bad-back: #3a1a1d;
  }
}
* { box-sizing: border-box; }
body { margin: 0; min-height: 100vh; background: var(--back); color: var(--text); font: 1rem/1.5 system-ui, sans-serif; }
main { max-width: 26rem; margin: 0 auto; padding: 3rem 1rem; }
.card { background: var(--card); border: 1px solid var(--line); border-radius: .75rem; padding: 1.5rem; }
.brand { margin: 0 0 1rem; font-weight: 600; color: var(--soft); }
h1 { margin: 0 0 1rem; font-size: 1.5rem; line-height: 1.25; }
p, ul, dl { margin: 0 0 1rem; }
ul { padding-left: 1.25rem; }
dt { color: var(--soft); font-size: .875rem; }
dd { margin: 0 0 .5rem; overflow-wrap: anywhere; }
label { display: block; margin: 0 0 .25rem; font-weight: 600; }
.hint { margin: 0 0 .25rem; color: var(--soft); font-size: .875rem; }
input[type=text], input[type=password] {
  width: 100%; min-height: 2.75rem; margin: 0 0 1rem; padding: .5rem .75rem; font: inherit;
  color: inherit; background: var(--card); border: 1px solid var(--line); border-radius: .5rem;
}
input[aria-invalid=true] { border-color: var(--bad); border-width: 2px; }
button {
  width: 100%; min-height: 2.75rem; margin: 0 0 .5rem; padding: .5rem 1rem; font: inherit; font-weight: 600; cursor: pointer;
  color: var(--on-accent); background: var(--accent); border: 1px solid var(--accent); border-radius: .5rem;
}
button.plain { color: var(--text); background: transparent; border-color: var(--line); }
a { color: var(--accent); }
:focus-visible { outline: 3px solid var(--accent); outline-offset: 2px; }
.error { margin: 0 0 1rem; padding: .75rem 1rem; color: var(--bad); background: var(--bad-back); border: 1px solid var(--bad); border-radius: .5rem; }
.error p:last-child { margin: 0; }
.code { display: block; margin: 0 0 1rem; font: 600 1.75rem/1.2 ui-monospace, monospace; letter-spacing: .1em; text-align: center; }
.after { margin: 1rem 0 0; }
@media (forced-colors: active) { .card, button { border: 1px solid; } }
`
