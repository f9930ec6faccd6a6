#pragma once
/// Frame, style and script of the page; texts of their own so that they read as what they are.

#include <string_view>

namespace newbie::explain {

/// In order: style, how the maps were taken, picture, choice of phase, nodes, leakage, data,
/// script.
inline constexpr std::string_view kPageFrame = R"html(<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy"
  content="default-src 'none'; img-src data:; style-src 'unsafe-inline'; script-src 'unsafe-inline'">
<title>Where the picture looked</title>
<style>{}</style>
</head>
<body>
<header>
<h1>Where the picture looked</h1>
<p>Point at a part of the prompt, or move to it with Tab: what glows is where the picture attended to it. A click, a tap or
Enter keeps it, Escape lets go. Each map glows from its own least to its own greatest value; the percentages are means over
the picture and can be compared. {}</p>
</header>
<main>
<figure>
<div class="stage"><img src="{}" alt="The picture"><img id="heat" alt="" hidden></div>
<figcaption id="said" aria-live="polite">Nothing chosen.</figcaption>
{}</figure>
<div>
<section aria-labelledby="prompt">
<h2 id="prompt">Prompt</h2>
{}</section>
{}</div>
</main>
<script type="application/json" id="data">{}</script>
<script>{}</script>
</body>
</html>
)html";

inline constexpr std::string_view kPageStyle = R"css(
:root { color-scheme: light dark; --line: #8885; --soft: #8882; --mark: #b35c00; }
@media (prefers-color-scheme: dark) { :root { --mark: #ffb020; } }
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 84rem; padding: 1rem; font: 1rem/1.5 system-ui, sans-serif; }
h1 { font-size: 1.4rem; margin: 0; }
h2 { font-size: 1.1rem; margin: 1.5rem 0 .5rem; }
main { display: grid; gap: 1.5rem; grid-template-columns: minmax(0, 3fr) minmax(0, 2fr); }
@media (max-width: 50rem) { main { grid-template-columns: minmax(0, 1fr); } }
figure { margin: 1rem 0 0; position: sticky; top: 1rem; align-self: start; }
.stage { position: relative; width: fit-content; max-width: 100%; }
.stage img { display: block; max-width: 100%; max-height: 75vh; }
.stage #heat { position: absolute; inset: 0; width: 100%; height: 100%; max-height: none; }
@media (max-width: 50rem) { .stage img { max-height: 45vh; } figure { background: Canvas; z-index: 1; top: 0; } }
figcaption { min-height: 3em; padding-top: .5rem; }
fieldset { border: 1px solid var(--line); border-radius: .5rem; display: flex; flex-wrap: wrap; gap: .25rem 1rem; }
ul { list-style: none; margin: 0; padding: 0; }
.element { margin-left: 1rem; }
.tags { display: flex; flex-wrap: wrap; gap: .25rem; margin-left: 2rem; }
button { font: inherit; color: inherit; background: none; border: 1px solid transparent; border-radius: .4rem;
  padding: .15rem .5rem; text-align: left; cursor: pointer; overflow-wrap: anywhere; }
.character > button, .block > button { font-weight: 600; }
button span { display: block; margin-left: 1rem; font-weight: 400; }
.tag > button { background: var(--soft); }
button:hover, button[aria-pressed=true] { border-color: var(--mark); }
button[aria-pressed=true] { box-shadow: inset 0 0 0 1px var(--mark); }
button:focus-visible, input:focus-visible { outline: 3px solid var(--mark); outline-offset: 2px; }
button small { opacity: .75; font-weight: 400; }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; }
th, td { border: 1px solid var(--line); padding: .3rem .6rem; text-align: right; }
th { text-align: left; font-weight: 600; }
.own { background: var(--soft); }
p { max-width: 60ch; }
)css";

inline constexpr std::string_view kPageScript = R"js(
'use strict';
const nodes = JSON.parse(document.getElementById('data').textContent);
const heat = document.getElementById('heat');
const said = document.getElementById('said');
const rest = said.textContent;
const buttons = [...document.querySelectorAll('button[data-node]')];
let phase = 0, pinned = null;

function show(index) {
  if (index === null) { heat.hidden = true; said.textContent = rest; return; }
  const node = nodes[index];
  heat.src = node.maps[phase];
  heat.hidden = false;
  said.textContent = `${node.path}: ${node.shares[phase]} of the attention`;
}
function pin(index) {
  pinned = pinned === index ? null : index;
  for (const button of buttons)
    button.setAttribute('aria-pressed', String(Number(button.dataset.node) === pinned));
  show(pinned);
}
for (const button of buttons) {
  const index = Number(button.dataset.node);
  button.addEventListener('click', () => pin(index));
  button.addEventListener('pointerenter', event => { if (event.pointerType === 'mouse') show(index); });
  button.addEventListener('pointerleave', event => { if (event.pointerType === 'mouse') show(pinned); });
  button.addEventListener('focus', () => show(index));
  button.addEventListener('blur', () => show(pinned));
}
for (const choice of document.querySelectorAll('input[name=phase]'))
  choice.addEventListener('change', () => { phase = Number(choice.value); show(pinned); });
document.addEventListener('keydown', event => {
  if (event.key === 'Escape' && pinned !== null) pin(pinned);
});
)js";

}  // namespace newbie::explain
