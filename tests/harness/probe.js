// Runs inside Anki's reviewer page: shows one side of a card, waits until it stands, and
// reports what a learner would stumble over. Arguments: the side, both sides' HTML, the
// body's classes, the least contrast wanted, and the callback that takes the findings.
const [side, question, answer, classes, leastContrast, done] = arguments;

const shorten = (text, length = 60) =>
  Array.from(text.trim().replace(/\s+/g, " ")).slice(0, length).join("");

const describe = (element) => {
  const id = element.id ? `#${element.id}` : "";
  const names = typeof element.className === "string" ? element.className.trim() : "";
  const dots = names ? `.${names.split(/\s+/).join(".")}` : "";
  const text = shorten(element.innerText || element.alt || "", 40);
  return `${element.tagName.toLowerCase()}${id}${dots} "${text}"`;
};

const settled = (image) =>
  image.complete
    ? Promise.resolve()
    : new Promise((resolve) => {
        image.onload = image.onerror = resolve;
        setTimeout(resolve, 4000);
      });

const painted = () =>
  new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve)));

async function show() {
  window.cardErrors.length = 0;
  if (side === "question") {
    _showQuestion(question, answer, classes);
  } else {
    _showAnswer(answer, classes);
  }
  await new Promise((resolve) => _queueAction(resolve));
  await document.fonts.ready;
  await Promise.all(Array.from(document.images, settled));
  await painted();
}

function maths() {
  const found = { formulas: 0, mathjax_errors: [], undefined_commands: [] };
  const list = window.MathJax?.startup?.document?.math;
  for (const item of list ?? []) {
    if (!item.typesetRoot?.isConnected) continue;
    found.formulas += 1;
    for (const error of item.typesetRoot.querySelectorAll("mjx-merror")) {
      const message = error.getAttribute("data-mjx-error") || shorten(error.textContent);
      found.mathjax_errors.push(`${message} in ${shorten(item.math, 100)}`);
    }
    // The extension noundefined sets an unknown command as red text, which is no error node.
    item.root?.walkTree?.((node) => {
      if (!node.isKind?.("mtext") || node.attributes.getExplicit("mathcolor") !== "red") return;
      const text = node.childNodes[0]?.text ?? "";
      if (text.startsWith("\\")) {
        found.undefined_commands.push(`${text} in ${shorten(item.math, 100)}`);
      }
    });
  }
  return found;
}

const canvas = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
const colours = new Map();

// Any CSS colour as red, green, blue (0…255) and opacity (0…1): the canvas knows every notation.
function channels(colour) {
  if (!colours.has(colour)) {
    canvas.clearRect(0, 0, 1, 1);
    canvas.fillStyle = colour;
    canvas.fillRect(0, 0, 1, 1);
    const [r, g, b, a] = canvas.getImageData(0, 0, 1, 1).data;
    colours.set(colour, [r, g, b, a / 255]);
  }
  return colours.get(colour);
}

const over = ([r, g, b, a], behind) =>
  [r, g, b].map((value, i) => value * a + behind[i] * (1 - a));

// Relative luminance and contrast as WCAG 2 defines them.
const luminance = (rgb) => {
  const [r, g, b] = rgb.map((value) => {
    const part = value / 255;
    return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
};

const contrast = (one, other) => {
  const [dark, light] = [luminance(one), luminance(other)].sort((a, b) => a - b);
  return (light + 0.05) / (dark + 0.05);
};

// The first opaque colour behind an element; null where a picture makes that unknowable.
function background(element) {
  for (let e = element; e; e = e.parentElement) {
    const style = getComputedStyle(e);
    if (style.backgroundImage !== "none") return null;
    const colour = channels(style.backgroundColor);
    if (colour[3] > 0.5) return colour.slice(0, 3);
  }
  return [255, 255, 255];
}

function texts(root) {
  const found = { unrendered_maths: [], low_contrast: [], tiny_text: [] };
  const delimiter = /\\[()[\]]|\$\$|\\begin\{|\[\$\]|\[latex\]/;
  const walker = document.createTreeWalker(root, NodeFilter.SHOW_TEXT);
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    const parent = node.parentElement;
    if (!node.data.trim() || parent.closest("script,style,mjx-assistive-mml")) continue;
    if (!parent.closest("mjx-container,pre,code") && delimiter.test(node.data)) {
      found.unrendered_maths.push(shorten(node.data, 100));
    }
    if (!parent.getClientRects().length) continue;
    const style = getComputedStyle(parent);
    const behind = background(parent);
    const ratio = behind ? contrast(over(channels(style.color), behind), behind) : Infinity;
    if (ratio < leastContrast) {
      const pair = `${style.color} on rgb(${behind.join(", ")})`;
      found.low_contrast.push(`${ratio.toFixed(2)}: ${pair}: ${describe(parent)}`);
    }
    if (!parent.closest("mjx-container") && parseFloat(style.fontSize) < 11) {
      found.tiny_text.push(`${style.fontSize}: ${describe(parent)}`);
    }
  }
  for (const element of root.querySelectorAll("anki-mathjax")) {
    found.unrendered_maths.push(`<anki-mathjax> ${shorten(element.textContent)}`);
  }
  return found;
}

const cuts = (element) => ["auto", "scroll", "hidden", "clip"].includes(
  getComputedStyle(element).overflowX);

function insideScroller(element) {
  for (let e = element.parentElement; e && e !== document.body; e = e.parentElement) {
    if (cuts(e)) return true;
  }
  return false;
}

function overflow(root) {
  const found = { page_overflow: [], clipped: [], scrolling: [] };
  const width = document.documentElement.clientWidth;
  const widest = Math.max(document.documentElement.scrollWidth, document.body.scrollWidth);
  if (widest > width + 1) found.page_overflow.push(`the page is ${widest} of ${width} px wide`);
  for (const element of root.querySelectorAll("*")) {
    const formula = element.tagName === "MJX-CONTAINER";
    if (element.ownerSVGElement || element.closest("mjx-assistive-mml")) continue;
    if (!formula && element.closest("mjx-container")) continue;
    // A formula's container can be narrower than the formula that sticks out of it.
    const box = (formula && !cuts(element) && element.querySelector("mjx-math")) || element;
    const { left, right, width: wide } = box.getBoundingClientRect();
    if (!wide) continue;
    if ((right > width + 1 || left < -1) && !insideScroller(element)) {
      const span = `${Math.round(left)}…${Math.round(right)} of ${width} px`;
      found.page_overflow.push(`${span}: ${describe(element)}`);
    }
    const style = getComputedStyle(element);
    if (element.clientHeight && style.overflowY === "hidden" && cuts(element) &&
        element.scrollHeight > element.clientHeight + 2) {
      found.clipped.push(
        `${element.scrollHeight} of ${element.clientHeight} px high: ${describe(element)}`);
    }
    if (element.clientWidth && element.scrollWidth > element.clientWidth + (formula ? 6 : 1)) {
      const size = `${element.scrollWidth} of ${element.clientWidth} px: ${describe(element)}`;
      if (["auto", "scroll"].includes(style.overflowX)) found.scrolling.push(size);
      else if (cuts(element)) found.clipped.push(size);
    }
  }
  return found;
}

function pictures(root) {
  const broken = Array.from(root.querySelectorAll("img"))
    .filter((image) => image.complete && !image.naturalWidth)
    .map((image) => image.getAttribute("src"));
  const addresses = Array.from(root.querySelectorAll("[src],link[href],image"), (element) =>
    element.getAttribute("src") || element.getAttribute("href") || "");
  return {
    broken_images: broken,
    external_addresses: addresses.filter((address) => /^(https?:)?\/\//.test(address)),
  };
}

async function examine() {
  await show();
  const root = document.getElementById("qa");
  const screens = document.documentElement.scrollHeight / window.innerHeight;
  // What is folded is part of the card: look inside, then fold it again.
  const folded = Array.from(root.querySelectorAll("details:not([open])"));
  folded.forEach((details) => (details.open = true));
  await painted();
  // Letters that only stand in a fold are fetched when it opens.
  await document.fonts.ready;
  await painted();
  const report = {
    ...maths(), ...texts(root), ...overflow(root), ...pictures(root),
    javascript_errors: window.cardErrors.slice(),
    screens,
    screens_unfolded: document.documentElement.scrollHeight / window.innerHeight,
    text: root.innerText,
  };
  folded.forEach((details) => (details.open = false));
  return report;
}

examine().then(done, (error) => done({ failure: String(error) }));
