"""The JavaScript around MathJax's own files: what is loaded, what is patched."""

from __future__ import annotations

FILES = (
    "loader.js",
    "core.js",
    "adaptors/liteDOM.js",
    "input/tex-full.js",
    "output/svg.js",
    "output/svg/fonts/tex.js",
)

PACKAGES = (
    "base ams amscd bbox boldsymbol braket bussproofs cancel cases centernot color colortbl "
    "empheq enclose extpfeil gensymb mathtools mhchem newcommand unicode upgreek verb "
    "configmacros textcomp"
).split()
"""What Anki loads (tex-full and mathtools, without textmacros), so that what passes here renders
on a card; minus what hides errors (noerrors, noundefined) or has no sense in print (html)."""

SETUP = r"""
globalThis.console = {log() {}, warn() {}, error() {}, info() {}};
globalThis.MathJax = {
  loader: {load: [], paths: {mathjax: '/'}, ready() {}, failed() {}},
  startup: {typeset: false, ready() {}},
};
"""

GLUE = r"""
(() => {
const _ = MathJax._;
const TexParser = _.input.tex.TexParser.default;
const COMPILED = _.core.MathItem.STATE.COMPILED;

// Remember, while parsing, at which offset of its own string each parser's current command
// starts. Macros rewrite the string in front of the position, so count from the end.
TexParser.prototype.Parse = function () {
  const source = this.string, length = source.length;
  let rest = length - this.i;
  const start = () => length - rest;
  try {
    while (this.i < this.string.length) {
      rest = Math.min(rest, this.string.length - this.i);
      const c = this.getCodePoint();
      this.i += c.length;
      this.parse('character', [this, c]);
    }
  } catch (e) {
    if (e && typeof e === 'object') {
      const end = Math.max(start(), length - (this.string.length - this.i));
      (e.trail = e.trail || []).push({source, start: start(), end});
    }
    throw e;
  }
};

// From the innermost parser outwards: an argument's text is looked for where it was read.
const offset = (trail, tex) => {
  if (!trail || !trail.length) return null;
  let inner = null;
  for (const {source, start, end} of trail) {
    let at = start;
    if (inner) {
      const from = source.indexOf(inner.source, start);
      const once = from >= 0 && from + inner.source.length <= end;
      if (once && inner.source) at = from + inner.at;
    }
    inner = {source, at};
  }
  return inner.source === tex ? inner.at : null;
};

const adaptor = _.adaptors.liteAdaptor.liteAdaptor();
_.handlers.html_ts.RegisterHTMLHandler(adaptor);

const font = new _.output.svg.fonts.tex_ts.TeXFont();
// MathJax draws \left\| x \right\| with bars of 0.6 em: begin with the bar of 1 em.
for (const c of [0x2016, 0x2225]) {
  const d = font.delimiters[c];
  if (d && d.sizes && d.sizes[0] < 0.7) {
    font.delimiters[c] = Object.assign({}, d, {
      sizes: d.sizes.slice(1),
      variants: (d.variants || [0, 0]).slice(1),
      schar: (d.schar || [c, c]).slice(1),
    });
  }
}

let mathDocument;
globalThis.rebuild = (json) => {
  const tex = new _.input.tex_ts.TeX({
    packages: JSON.parse(json).packages,
    macros: {href: ['#2', 2]},
    tags: 'none',
    ams: {multlineWidth: '28em'},
    formatError(jax, error) { throw error; },
  });
  const svg = new _.output.svg_ts.SVG({fontCache: 'none', mtextInheritFont: false, font});
  const measure = svg.measureTextNode;
  // CJK stands from 0.12 em below the baseline to 0.88 em above it.
  svg.measureTextNode = function (node) {
    return {w: measure.call(this, node).w, h: 0.88, d: 0.12};
  };
  mathDocument = _.mathjax.mathjax.document('', {InputJax: tex, OutputJax: svg});
};

globalThis.convert = (json) => {
  const {tex, display, draw} = JSON.parse(json);
  const options = {
    display, em: 16, ex: 16 * mathDocument.outputJax.font.params.x_height, containerWidth: 640,
  };
  if (!draw) options.end = COMPILED;
  try {
    const node = mathDocument.convert(tex, options);
    return JSON.stringify({svg: draw ? adaptor.innerHTML(node) : ''});
  } catch (e) {
    if (!(e && e.id)) throw e;
    return JSON.stringify({error: e.message, id: e.id, offset: offset(e.trail, tex)});
  }
};
})()
"""
